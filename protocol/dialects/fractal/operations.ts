import { contentTypes } from '../../content/codecs';
import { inferring } from '../../openapi/error-groups';
import { bytesOf, json, type Operation } from '../../openapi/operation';
import { inferHeaders, reference, timeout } from '../../openapi/parameters';
import { pictureForm, predictionAnswer, predictionBody } from './schema';

const answers: Operation['answers'] = {
  200: {
    description: 'The outputs, of the type that Accept wants',
    headers: {
      ...inferHeaders,
      'shoal-datatype': 'Of an application/octet-stream: the elements.',
      'shoal-shape': 'Of an application/octet-stream: the sizes.',
    },
    content: { ...json(predictionAnswer), ...bytesOf(contentTypes) },
  },
};

/** Predictions below a prefix. */
export function predictionOperations(prefix: string): readonly Operation[] {
  const word = prefix.startsWith('/modelhost') ? 'modelhostPredict' : 'predict';
  const predict = {
    tag: 'FRACTAL predictions',
    status: 'fractal',
    path: `${prefix}/{model}/prediction`,
    parameters: [reference, timeout],
    answers,
    errors: [...inferring, 'not_acceptable', 'not_onnx_name', 'unsupported_media_type'],
  } as const;
  return [
    {
      ...predict,
      id: word,
      method: 'post',
      summary: 'Prediction by the default or the given version',
      body: {
        required: true,
        content: {
          ...json(predictionBody, { values: [5.1, 3.5, 1.4, 0.2] }),
          ...bytesOf([...contentTypes, 'image/jpeg', 'image/png']),
          'multipart/form-data': { schema: pictureForm },
        },
      },
    },
    {
      ...predict,
      id: `${word}ByGet`,
      method: 'get',
      summary: 'The same, for clients that send a body with GET',
      description: 'This document cannot describe the body of a GET: it is that of the POST.',
      errors: [...predict.errors, 'malformed_body', 'too_large', 'body_timeout'],
    },
  ];
}
