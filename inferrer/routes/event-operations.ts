import type { Operation } from '../../protocol/openapi/operation';
import { anyText } from '../../protocol/openapi/schema';
import { eventStream, lastEvent } from './upload-events-operations';

export const eventOperations: readonly Operation[] = [
  {
    tag: 'System',
    status: 'fractal',
    id: 'events',
    method: 'get',
    path: '/api/v1/events',
    summary: 'What happens to hosts, runners, models and versions, as server-sent events',
    description: 'Does not end, unless `follow` is false.',
    parameters: [
      lastEvent,
      {
        name: 'model',
        in: 'query',
        schema: anyText,
        description: 'Only what is about this model.',
      },
      {
        name: 'follow',
        in: 'query',
        schema: anyText,
        description: '`false`: ends with what has happened; `true`, as without it, waits for more.',
      },
    ],
    answers: { 200: eventStream },
    errors: ['invalid_request', 'invalid_name', 'overloaded'],
  },
];
