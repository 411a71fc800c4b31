import { contentTypes } from '../../content/codecs';
import { inferring } from '../../openapi/error-groups';
import {
  answersJson,
  bytesOf,
  json,
  type Answer,
  type Body,
  type Operation,
  type Parameter,
} from '../../openapi/operation';
import { inferHeaders, model, reference, timeout } from '../../openapi/parameters';
import { anyText } from '../../openapi/schema';
import {
  executionParameters,
  invocation,
  invocationAnswer,
  loadedModel,
  loadedModels,
  loadOrder,
  pageLimit,
  statusAnswer,
} from './schema';

const shared = { tag: 'SageMaker', status: 'http' } as const;

const binary = 'application/vnd.sagemaker-triton.binary+json';
const body: Body = {
  required: true,
  content: {
    ...json(invocation, { instances: [[5.1, 3.5, 1.4, 0.2]] }),
    ...bytesOf([...contentTypes, 'image/jpeg', 'image/png', binary]),
  },
};

const answer: Answer = {
  description: 'The answer, of the type that Accept wants',
  headers: inferHeaders,
  content: { ...json(invocationAnswer), ...bytesOf([...contentTypes, binary]) },
};

const invoking = {
  ...shared,
  method: 'post',
  body,
  answers: { 200: answer },
  errors: [...inferring, 'not_acceptable', 'unsupported_media_type'],
} as const satisfies Partial<Operation>;

const header = (name: string, description: string): Parameter => ({
  name,
  in: 'header',
  schema: anyText,
  description,
});

/** What clients of the platform's runtime send; every process takes it. */
export const runtimeOperations: readonly Operation[] = [
  {
    ...invoking,
    id: 'invokeEndpoint',
    path: '/endpoints/{model}/invocations',
    summary: 'Prediction, as clients of the runtime ask for it',
    parameters: [
      reference,
      timeout,
      header('x-amzn-sagemaker-target-model', 'A model that goes before the endpoint.'),
      header('x-amzn-sagemaker-target-variant', 'Version or label.'),
    ],
    answers: {
      200: {
        ...answer,
        headers: { ...inferHeaders, 'x-amzn-invoked-production-variant': 'Version that answered.' },
      },
    },
  },
];

/** What the platform asks its containers. */
export const containerOperations: readonly Operation[] = [
  {
    ...shared,
    id: 'ping',
    method: 'get',
    path: '/ping',
    summary: 'Health',
    answers: { 200: { description: 'Healthy', content: {} } },
    errors: ['not_ready'],
  },
  {
    ...invoking,
    id: 'invoke',
    path: '/invocations',
    summary: "Prediction by the container's model",
    parameters: [timeout],
  },
  {
    ...shared,
    id: 'executionParameters',
    method: 'get',
    path: '/execution-parameters',
    summary: 'How a transform job shall send its file',
    answers: answersJson('The parameters', executionParameters),
    errors: [],
  },
  {
    ...shared,
    id: 'loadedModels',
    method: 'get',
    path: '/models',
    summary: 'What is loaded',
    parameters: [
      { name: 'limit', in: 'query', schema: pageLimit, description: 'At most so many.' },
      {
        name: 'next_page_token',
        in: 'query',
        schema: anyText,
        description: 'nextPageToken of the page before.',
      },
    ],
    answers: answersJson('A page of them', loadedModels),
    errors: ['invalid_request'],
  },
  {
    ...shared,
    id: 'loadModel',
    method: 'post',
    path: '/models',
    summary: 'Loads a model',
    body: { required: true, content: json(loadOrder) },
    answers: answersJson('It is loaded', statusAnswer),
    errors: [
      'invalid_request',
      'unknown_model',
      'conflict',
      'model_rejected',
      'insufficient_memory',
      'insufficient_storage',
      'deadline_exceeded',
      'unsupported',
    ],
  },
  {
    ...shared,
    id: 'loadedModel',
    method: 'get',
    path: '/models/{model}',
    summary: 'One that is loaded',
    parameters: [model],
    answers: answersJson('It is', loadedModel),
    errors: ['invalid_name', 'unknown_model'],
  },
  {
    ...shared,
    id: 'unloadModel',
    method: 'delete',
    path: '/models/{model}',
    summary: 'Unloads it',
    parameters: [model],
    answers: answersJson('It is unloaded', statusAnswer),
    errors: [
      'invalid_name',
      'unknown_model',
      'conflict',
      'insufficient_storage',
      'deadline_exceeded',
      'unsupported',
    ],
  },
  {
    ...invoking,
    id: 'invokeModel',
    path: '/models/{model}/invoke',
    summary: 'Prediction by one that is loaded',
    parameters: [model, timeout],
  },
];
