import { inferring, resolving } from '../../openapi/error-groups';
import {
  answersJson,
  bytesOf,
  json,
  type Answer,
  type Operation,
  type Parameter,
} from '../../openapi/operation';
import { inferHeaders, model, timeout, version } from '../../openapi/parameters';
import { countFrom0 } from '../../openapi/schema';
import { configAnswer } from '../../control/schema';
import { namedTypes } from './content-call';
import { repositoryOperations } from './repository-operations';
import {
  inferRequest,
  inferResponse,
  live,
  modelMetadata,
  modelReady,
  ready,
  serverMetadata,
} from './schema';
import { sharedMemoryOperations } from './shared-memory-operations';

const shared = { tag: 'Open Inference Protocol', status: 'http' } as const;

const binaryType = 'application/octet-stream';

const jsonLength: Parameter = {
  name: 'inference-header-content-length',
  in: 'header',
  schema: countFrom0,
  description: 'Length of the JSON in front of binary tensors; 0: the body is the only input.',
};

const example = {
  inputs: [{ name: 'features', datatype: 'FP32', shape: [1, 4], data: [5.1, 3.5, 1.4, 0.2] }],
};

const places = [
  { of: '', path: '/v2/models/{model}', parameters: [model] },
  { of: 'Version', path: '/v2/models/{model}/versions/{version}', parameters: [model, version] },
] as const;

function ofPlace({ of, path, parameters }: (typeof places)[number]): Operation[] {
  return [
    {
      ...shared,
      id: `oipMetadata${of}`,
      method: 'get',
      path,
      summary: 'Inputs and outputs',
      parameters,
      answers: answersJson('Metadata', modelMetadata),
      errors: resolving,
    },
    {
      ...shared,
      id: `oipReady${of}`,
      method: 'get',
      path: `${path}/ready`,
      summary: 'Whether it answers',
      parameters,
      answers: answersJson('It answers', modelReady),
      errors: resolving,
    },
    {
      ...shared,
      id: `oipConfig${of}`,
      method: 'get',
      path: `${path}/config`,
      summary: "Triton's configuration",
      parameters,
      answers: answersJson('The configuration', configAnswer),
      errors: resolving,
    },
    infer(of, path, parameters),
  ];
}

const outputs: Answer = {
  description: 'The outputs',
  headers: {
    ...inferHeaders,
    'inference-header-content-length': 'Length of the JSON in front of binary tensors.',
    'shoal-datatype': 'Of bytes without JSON: the elements.',
    'shoal-shape': 'Of bytes without JSON: the sizes.',
  },
  content: { ...json(inferResponse), ...bytesOf([binaryType, ...namedTypes]) },
};

/** Of JSON and binary tensors the header says which they are, as with Triton, not the content type. */
function infer(of: string, path: string, parameters: readonly Parameter[]): Operation {
  return {
    ...shared,
    id: `oipInfer${of}`,
    method: 'post',
    path: `${path}/infer`,
    summary: 'Inference',
    description:
      'JSON, or JSON with binary tensors behind it as the header inference-header-content-length ' +
      'says; the answer has binary tensors where the request asks for them. CSV, arrays, JSON lines and ' +
      'pictures are taken by their content type; Accept chooses the type of the answer.',
    parameters: [...parameters, timeout, jsonLength],
    body: {
      required: true,
      content: {
        ...json(inferRequest, example),
        ...bytesOf([binaryType, ...namedTypes, 'image/jpeg', 'image/png']),
      },
    },
    answers: { 200: outputs },
    errors: [
      ...inferring,
      'unknown_region',
      'forbidden',
      'unsupported',
      'not_acceptable',
      'unsupported_media_type',
    ],
  };
}

export const openInferenceOperations: readonly Operation[] = [
  {
    ...shared,
    id: 'oipServer',
    method: 'get',
    path: '/v2',
    summary: 'Name, version and extensions of the server',
    answers: answersJson('The server', serverMetadata),
    errors: [],
  },
  {
    ...shared,
    id: 'oipServerLive',
    method: 'get',
    path: '/v2/health/live',
    summary: 'The process answers',
    answers: answersJson('It does', live),
    errors: [],
  },
  {
    ...shared,
    id: 'oipServerReady',
    method: 'get',
    path: '/v2/health/ready',
    summary: 'It takes requests',
    answers: answersJson('It does', ready),
    errors: ['not_ready'],
  },
  ...places.flatMap(ofPlace),
  ...repositoryOperations,
  ...sharedMemoryOperations,
];
