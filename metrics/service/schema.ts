import { z } from 'zod';
import { envelope } from '../../protocol/dialects/fractal/schema';

const text = z.string();
const number = z.number().nullable();
const line = z.strictObject({
  id: text,
  instance: text,
  ready: z.boolean(),
  draining: z.boolean(),
});

export const clusterSummary = envelope
  .extend({
    source: z.enum(['prometheus', 'scraping']),
    window_seconds: z.number(),
    requests_per_second: number,
    error_share: number,
    latency_seconds: z.strictObject({ p50: number, p90: number, p99: number }),
    batch_rows_mean: number,
    models_loaded: z.number(),
    inferrers: z.array(line),
    hosts: z.array(line),
  })
  .meta({ id: 'ClusterSummary' });

export const targets = z
  .array(z.strictObject({ targets: z.array(text), labels: z.record(text, text) }))
  .meta({ id: 'Targets' });
