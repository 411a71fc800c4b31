import { changingAll } from '../../openapi/error-groups';
import { answersJson, json, type Answer, type Operation } from '../../openapi/operation';
import { model } from '../../openapi/parameters';
import { indexAnswer, indexBody, loadBody, unloadBody } from '../../control/schema';

const shared = { tag: 'Model repository', status: 'http', method: 'post' } as const;

const nothing: Answer = { description: 'Done', content: {} };

/** The answer is the whole cluster's. */
export const repositoryOperations: readonly Operation[] = [
  {
    ...shared,
    id: 'repositoryIndex',
    path: '/v2/repository/index',
    summary: 'All versions with their states',
    body: { required: false, content: json(indexBody, { ready: true }) },
    answers: answersJson('The index', indexAnswer),
    errors: ['invalid_request'],
  },
  {
    ...shared,
    id: 'repositoryLoad',
    path: '/v2/repository/models/{model}/load',
    summary: 'Loads a model',
    description: 'Off unless the operator allows it with `MODEL_CONTROL`.',
    parameters: [model],
    body: { required: false, content: json(loadBody, {}) },
    answers: { 200: nothing },
    errors: [...changingAll, 'unsupported'],
  },
  {
    ...shared,
    id: 'repositoryUnload',
    path: '/v2/repository/models/{model}/unload',
    summary: 'Unloads a model',
    description: 'Off unless the operator allows it with `MODEL_CONTROL`.',
    parameters: [{ ...model, example: 'nothing' }],
    body: { required: false, content: json(unloadBody, {}) },
    answers: { 200: nothing },
    errors: [...changingAll, 'unsupported'],
  },
];
