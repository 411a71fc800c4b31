import { answersJson, type Operation } from '../../protocol/openapi/operation';
import { anyText } from '../../protocol/openapi/schema';
import { clusterSummary, targets } from './schema';

const cluster = { tag: 'Cluster', status: 'http', method: 'get', errors: [] } as const;

/** What the metrics service tells of the whole cluster. */
export const clusterOperations: readonly Operation[] = [
  {
    ...cluster,
    id: 'metricsOfCluster',
    path: '/metrics/cluster',
    summary: 'The metrics of all processes',
    answers: {
      200: { description: 'The metrics', content: { 'text/plain': { schema: anyText } } },
    },
  },
  {
    ...cluster,
    id: 'cluster',
    path: '/api/v1/cluster',
    summary: 'The cluster in numbers',
    answers: answersJson('The numbers', clusterSummary),
  },
  {
    ...cluster,
    id: 'targets',
    path: '/targets',
    summary: "All processes, for Prometheus' HTTP discovery",
    answers: answersJson('A group for each', targets),
  },
];
