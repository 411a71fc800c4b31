import { loadBody } from '../../protocol/control/schema';
import {
  defaultBody,
  informationList,
  modelInformation,
  modelList,
} from '../../protocol/dialects/fractal/schema';
import {
  describing,
  givingExample,
  ofModels,
  tryingUpload,
  uploading,
} from '../../protocol/dialects/fractal/management-operations';
import { changing, naming } from '../../protocol/openapi/error-groups';
import { answersJson, json, type Answer, type Operation } from '../../protocol/openapi/operation';
import { model, reference } from '../../protocol/openapi/parameters';
import { anyBytes, anyText } from '../../protocol/openapi/schema';
import { labelOperations } from '../../protocol/versions/label-operations';
import { variantOperations } from '../../protocol/versions/variant-operations';
import { canaryOperations } from './canary-operations';
import { forInferrers, heldOperations } from './held-operations';
import {
  changed,
  defaultSet,
  demandBody,
  described,
  holdBody,
  hostCatalog,
  labelled,
  loaded,
  published,
  received,
  spread,
  unloadBody,
  unloaded,
} from './schema';
import { systemOperations } from './system-operations';

const inform = {
  ...ofModels,
  method: 'get',
  parameters: [reference],
  answers: answersJson('The information', modelInformation),
  errors: [...naming, 'not_onnx_name'],
} as const satisfies Partial<Operation>;

const describe = {
  ...describing,
  parameters: [reference],
  answers: answersJson('It is changed', described),
  errors: changing,
} as const satisfies Partial<Operation>;

const stored: Answer = { description: 'This modelhost serves it', content: json(published) };

const ofModel = '/modelhost/models/{model}';
const informing = [
  { of: 'Model', path: ofModel },
  { of: '', path: `${ofModel}/information` },
  { of: 'Shortly', path: '/modelhost/{model}/information' },
].flatMap(({ of, path }): Operation[] => [
  { ...inform, id: `information${of}`, path, summary: 'Information of a model' },
  { ...describe, id: `describe${of}`, path },
]);

const changes: readonly Operation[] = [
  {
    ...uploading(stored),
    path: ofModel,
    errors: [...changing, 'not_onnx_name', 'unsupported_media_type'],
  },
  {
    ...tryingUpload(),
    path: `${ofModel}/dry_run`,
    errors: [...changing, 'not_onnx_name', 'unsupported_media_type'],
  },
  {
    ...ofModels,
    id: 'deleteModel',
    method: 'delete',
    path: ofModel,
    summary: 'Deletes the model, or the given version',
    parameters: [{ ...reference, example: 'nothing' }],
    answers: { 204: { description: 'It is not served any more', content: {} } },
    errors: changing,
  },
  {
    ...ofModels,
    id: 'setDefault',
    method: 'post',
    path: `${ofModel}/default`,
    summary: 'Makes a version the default',
    parameters: [model],
    body: { required: true, content: json(defaultBody, { default: 1 }) },
    answers: answersJson('It is the default', defaultSet),
    errors: changing,
  },
  ...labelOperations({ ofModel, labelled, errors: changing }),
  ...variantOperations({ ofModel, spread, errors: changing }),
];

const calledByInferrers: readonly Operation[] = [
  ...heldOperations,
  ...canaryOperations,
  {
    ...forInferrers,
    id: 'loadForInferrers',
    method: 'post',
    path: `${ofModel}/load`,
    summary: 'Loads a model',
    parameters: [model],
    body: { required: false, content: json(holdBody, {}) },
    answers: answersJson('It is served', loaded),
    errors: changing,
  },
  {
    ...forInferrers,
    id: 'keepForInferrers',
    method: 'post',
    path: `${ofModel}/loaded`,
    summary: 'Has a model stay loaded, as all hosts serve it',
    parameters: [model],
    answers: answersJson('It stays', changed),
    errors: changing,
  },
  {
    ...forInferrers,
    id: 'demandForInferrers',
    method: 'post',
    path: `${ofModel}/demand`,
    summary: 'Has a version loaded for which there may be no memory now',
    parameters: [model],
    body: { required: true, content: json(demandBody, { version: 1, timeout_ms: 1_000 }) },
    answers: answersJson('It is loaded', received),
    errors: [...changing, 'insufficient_memory'],
  },
  {
    ...forInferrers,
    id: 'unloadForInferrers',
    method: 'post',
    path: `${ofModel}/unload`,
    summary: 'Unloads a model',
    parameters: [{ ...model, example: 'nothing' }],
    body: { required: false, content: json(unloadBody, {}) },
    answers: answersJson('It is not served any more', unloaded),
    errors: changing,
  },
  {
    ...forInferrers,
    id: 'overrideForInferrers',
    method: 'post',
    path: `${ofModel}/override`,
    summary: 'Stores what a load call brings as a version',
    parameters: [model],
    body: { required: true, content: json(loadBody) },
    answers: { 200: stored, 201: stored },
    errors: [...changing, 'unsupported'],
  },
  {
    ...forInferrers,
    id: 'catalog',
    method: 'get',
    path: '/modelhost/catalog',
    summary: 'Everything that is served',
    description: 'Waits up to 25 s while it is that of the revision `since`.',
    parameters: [{ name: 'since', in: 'query', schema: anyText, description: 'A revision.' }],
    answers: answersJson('The catalog', hostCatalog),
    errors: [],
  },
];

const lists: readonly Operation[] = [
  {
    ...ofModels,
    id: 'models',
    method: 'get',
    path: '/modelhost/models',
    summary: 'Names of the models',
    answers: answersJson('Names, with .onnx at the end', modelList),
    errors: [],
  },
  {
    ...ofModels,
    id: 'informationOfAll',
    method: 'get',
    path: '/modelhost/models/information',
    summary: 'Information of all models',
    answers: answersJson('A line for each', informationList),
    errors: [],
  },
  {
    ...ofModels,
    id: 'updateModels',
    method: 'post',
    path: '/modelhost/models/update',
    summary: 'Reads the repository now',
    answers: answersJson('The models are those of the repository', modelList),
    errors: ['deadline_exceeded', 'not_ready'],
  },
  { ...givingExample, path: `${ofModel}/example` },
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
    errors: naming,
  },
];

/** What the modelhost's Express app answers. */
export const managementOperations: readonly Operation[] = [
  ...systemOperations,
  ...lists,
  ...informing,
  ...changes,
  ...calledByInferrers,
];
