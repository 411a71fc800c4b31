import type { ErrorCode } from '../../core/errors';
import {
  defaultBody,
  envelope,
  informationList,
  modelInformation,
  modelList,
  testDataBody,
} from '../../protocol/dialects/fractal/schema';
import {
  describing,
  givingExample,
  ofModels,
  tryingUpload,
  uploading,
} from '../../protocol/dialects/fractal/management-operations';
import { changingAll, naming } from '../../protocol/openapi/error-groups';
import { answersJson, json, type Answer, type Operation } from '../../protocol/openapi/operation';
import { model, reference } from '../../protocol/openapi/parameters';
import { anyBytes, anyText } from '../../protocol/openapi/schema';
import { labelOperations } from '../../protocol/versions/label-operations';
import { variantOperations } from '../../protocol/versions/variant-operations';
import { canaryOperations } from './canary-operations';
import { eventOperations } from './event-operations';
import {
  defaultSet,
  described,
  greeting,
  labelled,
  spread,
  testResponses,
  updatedHosts,
  uploaded,
} from './schema';
import { uploadEventsOperations } from './upload-events-operations';

const system = { tag: 'System', status: 'fractal' } as const;

const checking: readonly ErrorCode[] = ['invalid_request', 'host_check_failed', 'no_host'];
const sendToHosts = {
  ...system,
  path: '/api/test/sendtomodelhost',
  answers: answersJson('Who received each item', testResponses),
  errors: checking,
} as const;

const systemOperations: readonly Operation[] = [
  {
    ...system,
    id: 'greeting',
    method: 'get',
    path: '/',
    summary: 'Greeting',
    answers: answersJson('The process answers', greeting),
    errors: [],
  },
  {
    ...system,
    id: 'help',
    method: 'get',
    path: '/help',
    summary: 'The routes, as text',
    answers: { 200: { description: 'Text', content: { 'text/plain': { schema: anyText } } } },
    errors: [],
  },
  {
    ...system,
    id: 'test',
    method: 'get',
    path: '/api/test',
    summary: 'Answers 200',
    answers: answersJson('The inferrer answers', envelope),
    errors: [],
  },
  {
    ...sendToHosts,
    id: 'sendToModelhosts',
    method: 'post',
    summary: 'Which modelhost receives each item',
    body: { required: true, content: json(testDataBody, { data: ['a', 'b'] }) },
  },
  {
    ...sendToHosts,
    id: 'sendToModelhostsByGet',
    method: 'get',
    summary: 'The same, for clients that send a body with GET',
    description: 'This document cannot describe the body of a GET: it is that of the POST.',
    errors: [...checking, 'malformed_body', 'too_large', 'body_timeout'],
  },
];

const update = {
  ...ofModels,
  path: '/api/v1/models/updatemodelhosts',
  summary: 'Has every modelhost read the repository again',
  answers: answersJson('All have its models', updatedHosts),
  errors: ['host_check_failed', 'host_lost', 'no_host', 'deadline_exceeded'],
} as const satisfies Partial<Operation>;

const inform = {
  ...ofModels,
  method: 'get',
  parameters: [reference],
  answers: answersJson('The information', modelInformation),
  errors: [...naming, 'not_onnx_name', 'no_host'],
} as const satisfies Partial<Operation>;

const describe = {
  ...describing,
  parameters: [model],
  answers: answersJson('It is changed on every modelhost', described),
  errors: changingAll,
} as const satisfies Partial<Operation>;

const created: Answer = { description: 'Every modelhost serves it', content: json(uploaded) };

const ofModel = '/api/v1/models/{model}';

const modelOperations: readonly Operation[] = [
  {
    ...ofModels,
    id: 'models',
    method: 'get',
    path: '/api/v1/models',
    summary: 'Names of the models',
    answers: answersJson('Names, with .onnx at the end', modelList),
    errors: [],
  },
  {
    ...ofModels,
    id: 'informationOfAll',
    method: 'get',
    path: '/api/v1/models/information',
    summary: 'Information of all models',
    answers: answersJson('A line for each', informationList),
    errors: [],
  },
  { ...update, id: 'updateModelhosts', method: 'post' },
  { ...update, id: 'updateModelhostsByGet', method: 'get' },
  { ...inform, id: 'modelInformation', path: ofModel, summary: 'Information of a model' },
  { ...inform, id: 'information', path: `${ofModel}/information`, summary: 'The same' },
  { ...describe, id: 'describeModel', path: ofModel },
  { ...describe, id: 'describe', path: `${ofModel}/information` },
  {
    ...uploading(created),
    path: ofModel,
    errors: [...changingAll, 'not_onnx_name', 'unsupported_media_type'],
  },
  {
    ...tryingUpload(),
    path: `${ofModel}/dry_run`,
    errors: [...changingAll, 'not_onnx_name', 'unsupported_media_type'],
  },
  {
    ...ofModels,
    id: 'deleteModel',
    method: 'delete',
    path: ofModel,
    summary: 'Deletes the model, or the given version',
    parameters: [{ ...reference, example: 'nothing' }],
    answers: { 204: { description: 'No modelhost serves it any more', content: {} } },
    errors: changingAll,
  },
  {
    ...ofModels,
    id: 'downloadModel',
    method: 'get',
    path: `${ofModel}/download`,
    summary: 'What is stored: the file, or of several a tar archive',
    parameters: [reference],
    answers: {
      200: {
        description: 'The file',
        headers: { etag: 'SHA-256 of what was uploaded, in quotes.' },
        content: {
          'application/octet-stream': { schema: anyBytes },
          'application/x-tar': { schema: anyBytes },
        },
      },
    },
    errors: [...naming, 'not_onnx_name', 'host_lost', 'no_host'],
  },
  { ...givingExample, path: `${ofModel}/example` },
  ...uploadEventsOperations,
  ...eventOperations,
  {
    ...ofModels,
    id: 'setDefault',
    method: 'post',
    path: `${ofModel}/default`,
    summary: 'Makes a version the default',
    parameters: [model],
    body: { required: true, content: json(defaultBody, { default: 1 }) },
    answers: answersJson('Every modelhost answers by it', defaultSet),
    errors: changingAll,
  },
  ...labelOperations({ ofModel, labelled, errors: changingAll }),
  ...canaryOperations,
  ...variantOperations({ ofModel, spread, errors: changingAll }),
];

/** What the inferrer's Express app answers. */
export const managementOperations: readonly Operation[] = [...systemOperations, ...modelOperations];
