import { live, ready } from '../../protocol/dialects/open-inference/schema';
import { answersJson, type Operation } from '../../protocol/openapi/operation';
import { anyText } from '../../protocol/openapi/schema';

const health = { tag: 'Health', status: 'http', method: 'get' } as const;

export const healthOperations: readonly Operation[] = [
  {
    ...health,
    id: 'healthLive',
    path: '/health/live',
    summary: 'The process answers',
    answers: answersJson('It does', live),
    errors: [],
  },
  {
    ...health,
    id: 'healthReady',
    path: '/health/ready',
    summary: 'It can do its work',
    answers: answersJson('It can', ready),
    errors: ['not_ready'],
  },
];

const metrics = { tag: 'Metrics', status: 'http', errors: [] } as const;

const text = { 'text/plain': { schema: anyText } };
const own = {
  ...metrics,
  path: '/metrics',
  summary: "Prometheus' metrics",
  answers: {
    200: {
      description: 'The metrics, in the form that Accept wants',
      content: { ...text, 'application/openmetrics-text': { schema: anyText } },
    },
  },
} as const;
const triton = {
  ...metrics,
  path: '/metrics/triton',
  summary: "The same under Triton's names",
  answers: { 200: { description: 'The metrics', content: text } },
} as const;

export const metricsOperations: readonly Operation[] = [
  { ...own, id: 'metrics', method: 'get' },
  { ...own, id: 'metricsByPost', method: 'post' },
  { ...triton, id: 'metricsOfTriton', method: 'get' },
  { ...triton, id: 'metricsOfTritonByPost', method: 'post' },
];
