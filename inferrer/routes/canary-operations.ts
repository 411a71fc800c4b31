import { ofModels } from '../../protocol/dialects/fractal/management-operations';
import { canaryAnswer, canaryBody } from '../../protocol/canary/schema';
import { changingAll, naming } from '../../protocol/openapi/error-groups';
import { answersJson, json, type Operation } from '../../protocol/openapi/operation';
import { model } from '../../protocol/openapi/parameters';
import { defaultSet } from './schema';

const path = '/api/v1/models/{model}/canary';
const parameters = [model];

/** A version that takes over step by step. */
export const canaryOperations: readonly Operation[] = [
  {
    ...ofModels,
    id: 'canary',
    method: 'get',
    path,
    summary: 'The version that takes over step by step, or the last one that did',
    parameters,
    answers: answersJson('Its state, its counts and what was decided', canaryAnswer),
    errors: [...naming, 'no_host'],
  },
  {
    ...ofModels,
    id: 'beginCanary',
    method: 'put',
    path,
    summary: 'Has a version take over step by step, and taken back where it does worse',
    parameters,
    body: { required: true, content: json(canaryBody, { version: 2, every: '60s' }) },
    answers: answersJson('It has its first share', defaultSet),
    errors: changingAll,
  },
  {
    ...ofModels,
    id: 'endCanary',
    method: 'delete',
    path,
    summary: 'Has the default alone answer again',
    parameters,
    answers: { 204: { description: 'It does', content: {} } },
    errors: changingAll,
  },
];
