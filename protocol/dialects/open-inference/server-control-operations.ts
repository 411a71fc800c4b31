import { logAnswer, logBody, statisticsAnswer, traceAnswer, traceBody } from '../../control/schema';
import { naming } from '../../openapi/error-groups';
import { answersJson, json, type Operation } from '../../openapi/operation';
import { model, version } from '../../openapi/parameters';

const shared = { status: 'http' } as const;

const statistics = {
  ...shared,
  tag: 'Statistics',
  method: 'get',
  answers: answersJson('An entry for each ready version', statisticsAnswer),
  errors: naming,
} as const;

const settings = { ...shared, tag: 'Settings of the process' } as const;

const traces = [
  { of: '', path: '/v2/trace/setting', parameters: [] },
  { of: 'Model', path: '/v2/models/{model}/trace/setting', parameters: [model] },
].flatMap(({ of, path, parameters }): Operation[] => [
  {
    ...settings,
    id: `traceSettings${of}`,
    method: 'get',
    path,
    summary: 'What is traced',
    parameters,
    answers: answersJson('All settings', traceAnswer),
    errors: naming,
  },
  {
    ...settings,
    id: `changeTraceSettings${of}`,
    method: 'post',
    path,
    summary: 'Changes what is traced',
    parameters,
    body: { required: false, content: json(traceBody, { trace_rate: '1000' }) },
    answers: answersJson('All settings', traceAnswer),
    errors: [...naming, 'invalid_request', 'unsupported'],
  },
]);

export const serverControlOperations: readonly Operation[] = [
  { ...statistics, id: 'statistics', path: '/v2/models/stats', summary: 'Of all models' },
  {
    ...statistics,
    id: 'modelStatistics',
    path: '/v2/models/{model}/stats',
    summary: 'Of all ready versions of a model',
    parameters: [model],
  },
  {
    ...statistics,
    id: 'versionStatistics',
    path: '/v2/models/{model}/versions/{version}/stats',
    summary: 'Of a version',
    parameters: [model, version],
  },
  {
    ...settings,
    id: 'logSettings',
    method: 'get',
    path: '/v2/logging',
    summary: 'What is logged',
    answers: answersJson('All settings', logAnswer),
    errors: [],
  },
  {
    ...settings,
    id: 'changeLogSettings',
    method: 'post',
    path: '/v2/logging',
    summary: 'Changes what is logged',
    body: { required: false, content: json(logBody, { log_info: true }) },
    answers: answersJson('All settings', logAnswer),
    errors: ['invalid_request', 'unsupported'],
  },
  ...traces,
];
