import { z } from 'zod';
import { envelope } from '../dialects/fractal/schema';
import { sticky } from '../versions/schema';
import { canaryActions, canaryStates, type Canary, type SentPlan } from './canary';

const text = z.string();
const count = z.int().min(0);
const from1 = z.int().min(1);

const planWords = 'No json data provided {version:number}';
const versionWords = 'version must be the number of a version, from 1';
const stepsWords = 'steps must be a rising list of 1 to 20 percentages above 0, at most 100';
const everyWords = 'every must be a time such as "60s", "5m" or "1h", from 1s to 168h';

const steps = z
  .array(z.number({ error: stepsWords }).gt(0, stepsWords).max(100, stepsWords), {
    error: stepsWords,
  })
  .min(1, stepsWords)
  .max(20, stepsWords)
  .refine((all) => all.every((share, at) => at === 0 || share > (all[at - 1] ?? 0)), {
    error: stepsWords,
  });

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

const every = z.string({ error: everyWords }).transform((value, context) => {
  const [, number, unit = ''] = /^(\d{1,6})(s|m|h)$/.exec(value) ?? [];
  const ms = Number(number) * (unitMs[unit] ?? NaN);
  if (ms >= 1000 && ms <= 168 * 3_600_000) return ms;
  context.addIssue(everyWords);
  return z.NEVER;
});

function limit(name: string, max: number) {
  const words = `limits.${name} must be a number from 0 to ${max}, or null`;
  return z.number({ error: words }).min(0, words).max(max, words).nullable();
}

const minWords = 'limits.min_requests must be a number from 1 to 1000000';

const limits = z.strictObject({
  error_rate: limit('error_rate', 1).default(0.01),
  latency_ratio: limit('latency_ratio', 1000).default(2),
  disagreement: limit('disagreement', 1).default(null),
  min_requests: z.int({ error: minWords }).min(1, minWords).max(1_000_000, minWords).default(50),
});

/** A version that shall take over by itself. */
export const canaryBody = z
  .strictObject(
    {
      version: z.int({ error: versionWords }).min(1, { error: versionWords }),
      steps: steps.default([1, 10, 50, 100]),
      every: every.prefault('60s'),
      limits: limits.prefault({}),
      sticky: sticky.optional(),
    },
    { error: ({ code }) => (code === 'unrecognized_keys' ? undefined : planWords) },
  )
  .meta({ id: 'CanaryPlan' });

const stuck = z.object({ header: text }).optional();

const decision = z.object({
  at: text,
  action: z.enum(canaryActions),
  share: z.number(),
  reason: text,
});

/** As it stands in a model's state. */
export const canarySchema: z.ZodType<Canary> = z.object({
  version: from1,
  steps: z.array(z.number()),
  everyMs: from1,
  limits: z.object({
    errorRate: z.number().nullable(),
    latencyRatio: z.number().nullable(),
    disagreement: z.number().nullable(),
    minRequests: from1,
  }),
  sticky: stuck,
  id: text,
  state: z.enum(canaryStates),
  step: count,
  decisions: z.array(decision),
});

/** For modelhosts: a plan as an inferrer has read it. */
export const canaryPlan: z.ZodType<SentPlan> = z.object({
  version: from1,
  steps: z.array(z.number().gt(0).max(100)).min(1),
  everyMs: z.int().min(1000),
  limits: z.object({
    errorRate: z.number().nullable(),
    latencyRatio: z.number().nullable(),
    disagreement: z.number().nullable(),
    minRequests: from1,
  }),
  sticky: stuck,
  // Inferrers of an earlier release send none.
  id: text.min(1).max(64).optional(),
});

export const canaryVerdict = z
  .object({
    id: text,
    step: count,
    action: z.enum(['step', 'promote', 'roll_back']),
    reason: text.max(1000),
  })
  .meta({ id: 'CanaryVerdict' });

const counts = z.strictObject({
  requests: count,
  failures: count,
  mean_ms: z.number(),
  compared: count,
  differed: count,
});

export const canaryAnswer = envelope
  .extend({
    model: text,
    version: count,
    state: text,
    step: count,
    share: z.number(),
    steps: z.array(z.number()),
    every_ms: count,
    limits: z.strictObject({
      error_rate: z.number().nullable(),
      latency_ratio: z.number().nullable(),
      disagreement: z.number().nullable(),
      min_requests: count,
    }),
    sticky: z.strictObject({ header: text }).optional(),
    decisions: z.array(decision),
    waits: text.optional(),
    window: z.strictObject({ elapsed_ms: count, canary: counts, live: counts }).optional(),
  })
  .meta({ id: 'Canary' });
