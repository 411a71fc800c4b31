import { resolving } from '../../openapi/error-groups';
import { answersJson, json, type Answer, type Operation } from '../../openapi/operation';
import { model, reference } from '../../openapi/parameters';
import { anyBytes } from '../../openapi/schema';
import { inferRequest } from '../open-inference/schema';
import { descriptionBody, dryRun, uploadForm } from './schema';

/** What inferrers and modelhosts offer alike, below paths of their own. */
export const ofModels = { tag: 'Models', status: 'fractal' } as const;

/** An upload that is answered with this once the model is served. */
export function uploading(served: Answer) {
  return {
    ...ofModels,
    id: 'uploadModel',
    method: 'put',
    summary: 'Stores and serves a model, or a further version of it',
    description: 'With `?dry_run=true` it is what `.../dry_run` is.',
    parameters: [{ ...model, example: 'iris.onnx' }],
    body: {
      required: true,
      content: {
        'multipart/form-data': { schema: uploadForm },
        'application/octet-stream': { schema: anyBytes },
      },
    },
    answers: { 200: { ...served, description: 'It was there already' }, 201: served },
  } as const satisfies Partial<Operation>;
}

/** The same body, of which nothing is stored. */
export function tryingUpload() {
  const { parameters, body } = uploading({ description: '', content: {} });
  return {
    ...ofModels,
    id: 'tryUpload',
    method: 'put',
    summary: 'Says what an upload would do, and stores nothing',
    parameters,
    body,
    answers: answersJson('What was measured, and the version that it would be', dryRun),
  } as const satisfies Partial<Operation>;
}

export const describing = {
  ...ofModels,
  method: 'post',
  summary: 'Changes the description',
  body: {
    required: true,
    content: json(descriptionBody, { model_description: 'Species of irises by their leaves.' }),
  },
} as const satisfies Partial<Operation>;

/** What `.../example` of a model answers, on both. */
export const givingExample = {
  ...ofModels,
  id: 'example',
  method: 'get',
  summary: 'A request that the model takes',
  description:
    'The body of an infer call of the Open Inference Protocol: one row of made-up input.',
  parameters: [reference],
  answers: {
    200: {
      description: 'The request',
      headers: {
        'shoal-example':
          '`ran`: the model ran on it when it was tried; `untried`: made from its signature only.',
      },
      content: json(inferRequest),
    },
  },
  errors: [...resolving, 'not_onnx_name', 'unrepresentable_output'],
} as const satisfies Partial<Operation>;
