import { ofModels } from '../dialects/fractal/management-operations';
import { naming } from '../openapi/error-groups';
import { answersJson, json, type Operation } from '../openapi/operation';
import { model } from '../openapi/parameters';
import { anyText, type Schema } from '../openapi/schema';
import { labelBody, labelList } from './schema';

const label = {
  name: 'label',
  in: 'path',
  schema: anyText,
  description: 'A label: letters, digits, dots, underscores and hyphens, a letter first.',
  example: 'stable',
} as const;

export interface LabelAnswers {
  /** Path of a model, e.g. `/api/v1/models/{model}`. */
  readonly ofModel: string;
  readonly labelled: Schema;
  readonly errors: Operation['errors'];
}

/** Labels as inferrers and modelhosts offer them. */
export function labelOperations({ ofModel, labelled, errors }: LabelAnswers): readonly Operation[] {
  return [
    {
      ...ofModels,
      id: 'labels',
      method: 'get',
      path: `${ofModel}/labels`,
      summary: 'The labels of a model with their versions',
      parameters: [model],
      answers: answersJson('The labels', labelList),
      errors: [...naming, 'no_host'],
    },
    {
      ...ofModels,
      id: 'setLabel',
      method: 'put',
      path: `${ofModel}/labels/{label}`,
      summary: 'Gives a version a label, or moves it there',
      parameters: [model, label],
      body: { required: true, content: json(labelBody, { version: 1 }) },
      answers: answersJson('The version is called so', labelled),
      errors,
    },
    {
      ...ofModels,
      id: 'deleteLabel',
      method: 'delete',
      path: `${ofModel}/labels/{label}`,
      summary: 'Takes a label away',
      parameters: [model, label],
      answers: { 204: { description: 'Nothing is called so any more', content: {} } },
      errors,
    },
  ];
}
