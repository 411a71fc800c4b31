import type { Answer, Parameter } from './operation';
import { anyText, countFrom1 } from './schema';

export const model: Parameter = {
  name: 'model',
  in: 'path',
  schema: anyText,
  description: 'Name of a model, with or without `.onnx` at its end.',
  example: 'iris',
};

/** What may say the version, too. */
export const reference: Parameter = {
  ...model,
  description:
    'Name of a model, with or without `.onnx` at its end; `:<version>` or `:<label>` may follow.',
};

export const version: Parameter = {
  name: 'version',
  in: 'path',
  schema: anyText,
  description: 'Number of a version.',
  example: '1',
};

export const timeout: Parameter = {
  name: 'shoal-timeout-ms',
  in: 'header',
  schema: countFrom1,
  description: 'So many milliseconds the caller waits.',
};

/** What stands on every answer of a model. */
export const inferHeaders: NonNullable<Answer['headers']> = {
  'shoal-modelhost':
    'Id of the modelhost that computed it; empty on a default answer or one that was kept.',
  'shoal-batch-rows': 'Rows of the batch in which it was computed.',
  'shoal-cache': '`hit` where the same was computed for another request; else absent.',
  'shoal-default-answer': 'Only on a default answer: the error that it stands for.',
};
