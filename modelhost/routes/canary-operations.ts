import { canaryAnswer, canaryPlan, canaryVerdict } from '../../protocol/canary/schema';
import { changing, naming } from '../../protocol/openapi/error-groups';
import { answersJson, json, type Operation } from '../../protocol/openapi/operation';
import { model } from '../../protocol/openapi/parameters';
import { forInferrers } from './held-operations';
import { changed, decided } from './schema';

const limits = { errorRate: 0.01, latencyRatio: 2, disagreement: null, minRequests: 50 };
const plan = { version: 2, steps: [10, 100], everyMs: 60_000, limits };
const verdict = { id: 'none', step: 0, action: 'step', reason: 'It is well.' };
const path = '/modelhost/models/{model}/canary';
const parameters = [model];

/** What inferrers have a host do with a canary. */
export const canaryOperations: readonly Operation[] = [
  {
    ...forInferrers,
    id: 'canary',
    method: 'get',
    path,
    summary: 'The version that takes over step by step, or the last one that did',
    parameters,
    answers: answersJson('The canary', canaryAnswer),
    errors: naming,
  },
  {
    ...forInferrers,
    id: 'beginCanary',
    method: 'put',
    path,
    summary: 'Begins to have a version take over',
    parameters,
    body: { required: true, content: json(canaryPlan, plan) },
    answers: answersJson('It has begun', changed),
    errors: changing,
  },
  {
    ...forInferrers,
    id: 'endCanary',
    method: 'delete',
    path,
    summary: 'Has the default alone answer again',
    parameters,
    answers: { 204: { description: 'It does', content: {} } },
    errors: changing,
  },
  {
    ...forInferrers,
    id: 'decideCanary',
    method: 'post',
    path: `${path}/verdict`,
    summary: 'What becomes of a step, if nobody has decided before',
    parameters,
    body: { required: true, content: json(canaryVerdict, verdict) },
    answers: answersJson('It is heard', decided),
    errors: changing,
  },
];
