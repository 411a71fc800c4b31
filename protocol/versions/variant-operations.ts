import { ofModels } from '../dialects/fractal/management-operations';
import { naming } from '../openapi/error-groups';
import { answersJson, json, type Operation } from '../openapi/operation';
import { model } from '../openapi/parameters';
import type { Schema } from '../openapi/schema';
import { trafficAnswer, trafficBody } from './schema';

const parameters = [model];
const content = json(trafficBody, { variants: [{ version: 1, weight: 90 }] });

export interface VariantAnswers {
  /** Path of a model, e.g. `/api/v1/models/{model}`. */
  readonly ofModel: string;
  readonly spread: Schema;
  readonly errors: Operation['errors'];
}

/** Variants as inferrers and modelhosts offer them. */
export function variantOperations({
  ofModel,
  spread,
  errors,
}: VariantAnswers): readonly Operation[] {
  const path = `${ofModel}/variants`;
  return [
    {
      ...ofModels,
      id: 'variants',
      method: 'get',
      path,
      summary: 'The versions that requests without a version are spread over',
      parameters,
      answers: answersJson('The variants; none where the default alone answers', trafficAnswer),
      errors: [...naming, 'no_host'],
    },
    {
      ...ofModels,
      id: 'setVariants',
      method: 'put',
      path,
      summary: 'Spreads requests without a version over several versions',
      parameters,
      body: { required: true, content },
      answers: answersJson('They are spread', spread),
      errors,
    },
    {
      ...ofModels,
      id: 'endVariants',
      method: 'delete',
      path,
      summary: 'Has the default alone answer again',
      parameters,
      answers: { 204: { description: 'It does', content: {} } },
      errors,
    },
  ];
}
