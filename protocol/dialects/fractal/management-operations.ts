import { json, type Answer, type Operation } from '../../openapi/operation';
import { model } from '../../openapi/parameters';
import { anyBytes } from '../../openapi/schema';
import { descriptionBody, uploadForm } from './schema';

/** What inferrers and modelhosts offer alike, below paths of their own. */
export const ofModels = { tag: 'Models', status: 'fractal' } as const;

/** An upload that is answered with this once the model is served. */
export function uploading(served: Answer) {
  return {
    ...ofModels,
    id: 'uploadModel',
    method: 'put',
    summary: 'Stores and serves a model, or a further version of it',
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

export const describing = {
  ...ofModels,
  method: 'post',
  summary: 'Changes the description',
  body: {
    required: true,
    content: json(descriptionBody, { model_description: 'Species of irises by their leaves.' }),
  },
} as const satisfies Partial<Operation>;
