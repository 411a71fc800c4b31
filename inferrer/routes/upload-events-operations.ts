import { ofModels } from '../../protocol/dialects/fractal/management-operations';
import type { Answer, Operation, Parameter } from '../../protocol/openapi/operation';
import { anyText, serverSentEvent } from '../../protocol/openapi/schema';

const uploadId: Parameter = {
  name: 'id',
  in: 'path',
  schema: anyText,
  description: 'The `X-Request-Id` of the upload.',
  example: 'upload-1',
};

export const lastEvent: Parameter = {
  name: 'Last-Event-ID',
  in: 'header',
  schema: anyText,
  description: 'The last event that is known: those after it are sent.',
};

export const eventStream: Answer = {
  description: 'Events, each of which has these fields',
  content: { 'text/event-stream': { schema: serverSentEvent } },
};

const following = {
  method: 'get',
  parameters: [uploadId, lastEvent],
  answers: { 200: eventStream },
  errors: ['unknown_upload'],
} as const satisfies Partial<Operation>;

export const uploadEventsOperations: readonly Operation[] = [
  {
    ...ofModels,
    ...following,
    id: 'uploadEvents',
    path: '/api/v1/uploads/{id}/events',
    summary: 'The steps of an upload, as server-sent events',
  },
  {
    ...following,
    tag: 'Cluster',
    status: 'fractal',
    id: 'ownUploadEvents',
    path: '/cluster/uploads/{id}/events',
    summary: 'The same, of an upload that this very inferrer takes',
  },
];
