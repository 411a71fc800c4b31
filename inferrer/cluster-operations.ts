import { clusterHosts, clusterStatistics, heartbeatBody, known } from '../protocol/cluster/schema';
import { answersJson, json, type Operation } from '../protocol/openapi/operation';
import { anyText } from '../protocol/openapi/schema';

const cluster = { tag: 'Cluster', status: 'http', errors: [] } as const;

/** What the cluster's own processes ask. */
export const clusterOperations: readonly Operation[] = [
  {
    ...cluster,
    id: 'heartbeat',
    method: 'post',
    path: '/cluster/heartbeat',
    summary: 'A modelhost tells of itself',
    parameters: [
      { name: 'hold', in: 'query', schema: anyText, description: '0: is answered at once.' },
    ],
    body: { required: true, content: json(heartbeatBody) },
    answers: answersJson('It is known', known),
    errors: ['invalid_request'],
  },
  {
    ...cluster,
    id: 'clusterHosts',
    method: 'get',
    path: '/cluster/hosts',
    summary: 'The modelhosts that this inferrer knows',
    answers: answersJson('A line for each', clusterHosts),
  },
  {
    ...cluster,
    id: 'clusterStatistics',
    method: 'get',
    path: '/cluster/statistics',
    summary: 'What this inferrer knows of what all inferrers have counted',
    parameters: [
      {
        name: 'version',
        in: 'query',
        schema: anyText,
        description: '`model:number`, any number of times: of these only; without it of all.',
      },
    ],
    answers: answersJson('Counters', clusterStatistics),
  },
  {
    ...cluster,
    id: 'clusterUpstreams',
    method: 'get',
    path: '/cluster/upstreams',
    summary: 'Those that are ready, a line each',
    answers: { 200: { description: 'Lines', content: { 'text/plain': { schema: anyText } } } },
  },
];
