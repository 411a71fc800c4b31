import { inferring, naming, resolving } from '../../openapi/error-groups';
import { answersJson, json, type Operation } from '../../openapi/operation';
import { inferHeaders, model, timeout, version } from '../../openapi/parameters';
import {
  classifyAnswer,
  examplesBody,
  labelName,
  modelNames,
  modelStatus,
  predictAnswer,
  predictBody,
  regressAnswer,
  signatureMetadata,
} from './schema';

const shared = { tag: 'TensorFlow Serving and KServe v1', status: 'http' } as const;

/** Where a model, one of its versions, or the version with a label is named. */
const places = [
  { of: '', path: '/v1/models/{model}', parameters: [model] },
  { of: 'Version', path: '/v1/models/{model}/versions/{version}', parameters: [model, version] },
  {
    of: 'Label',
    path: '/v1/models/{model}/labels/{label}',
    parameters: [
      model,
      {
        name: 'label',
        in: 'path',
        schema: labelName,
        description: 'Label of a version.',
        example: 'stable',
      },
    ],
  },
] as const;

type Place = (typeof places)[number];

const row = [5.1, 3.5, 1.4, 0.2];

const verbs = [
  {
    verb: 'predict',
    summary: 'Prediction',
    body: predictBody,
    example: { instances: [row] },
    answer: predictAnswer,
  },
  {
    verb: 'classify',
    summary: 'Classes with their scores',
    body: examplesBody,
    example: { examples: [{ features: row }] },
    answer: classifyAnswer,
  },
  {
    verb: 'regress',
    summary: 'A number for each example',
    body: examplesBody,
    example: { examples: [{ x: 1 }] },
    answer: regressAnswer,
  },
] as const;

function call({ of, path, parameters }: Place, said: (typeof verbs)[number]): Operation {
  const { verb } = said;
  return {
    ...shared,
    id: `tfs${verb[0]?.toUpperCase() ?? ''}${verb.slice(1)}${of}`,
    method: 'post',
    path: `${path}:${verb}`,
    summary: said.summary,
    parameters: [...parameters, timeout],
    body: { required: true, content: json(said.body, said.example) },
    answers: {
      200: { description: 'The answer', headers: inferHeaders, content: json(said.answer) },
    },
    errors: verb === 'predict' ? [...inferring, 'unsupported_media_type'] : inferring,
  };
}

function ofPlace(place: Place): Operation[] {
  const { of, path, parameters } = place;
  return [
    {
      ...shared,
      id: `tfsStatus${of}`,
      method: 'get',
      path,
      summary: 'State of the versions, and whether they answer',
      parameters,
      answers: answersJson('It answers', modelStatus),
      errors: resolving,
    },
    {
      ...shared,
      id: `tfsMetadata${of}`,
      method: 'get',
      path: `${path}/metadata`,
      summary: 'Inputs and outputs',
      parameters,
      answers: answersJson('The only signature', signatureMetadata),
      errors: resolving,
    },
    ...verbs.map((said) => call(place, said)),
    {
      ...shared,
      id: `tfsExplain${of}`,
      method: 'post',
      path: `${path}:explain`,
      summary: 'Not offered',
      parameters,
      answers: {},
      errors: ['unsupported'],
    },
  ];
}

export const tfServingOperations: readonly Operation[] = [
  {
    ...shared,
    id: 'tfsModels',
    method: 'get',
    path: '/v1/models',
    summary: 'Names of the models',
    answers: answersJson('Names', modelNames),
    errors: naming,
  },
  ...places.flatMap(ofPlace),
];
