import { answerOf, type DialectAnswer } from '../../../tests/support/dialect-answer';
import { errorOf } from '../../../tests/support/identity-models';
import type { LogSettings, TraceSettings } from '../../control/server-options';
import { createServerControlDialect } from './server-control-dialect';

/** What was asked of the server, in order. */
function dialect() {
  const asked: unknown[] = [];
  const trace: TraceSettings = new Map([
    ['trace_level', ['OFF']],
    ['trace_rate', ['1000']],
    ['trace_file', ['']],
  ]);
  const log: LogSettings = new Map<string, string | boolean>([
    ['log_file', ''],
    ['log_info', true],
  ]);
  const made = createServerControlDialect({
    statistics: {
      of(model, version) {
        asked.push([model, version]);
        return Promise.resolve([]);
      },
    },
    server: {
      trace(model) {
        asked.push(model);
        return trace;
      },
      changeTrace(model, changes) {
        asked.push([model, Object.fromEntries(changes)]);
        return trace;
      },
      log: () => log,
      changeLog(changes) {
        asked.push(Object.fromEntries(changes));
        return log;
      },
    },
  });
  const ask = (method: string, path: string, body = ''): Promise<DialectAnswer | undefined> =>
    answerOf(made, { method, path, body });
  return { ask, asked };
}

describe('statistics', () => {
  test.each([
    ['/v2/models/stats', ['', '']],
    ['/v2/models/m/stats', ['m', '']],
    ['/v2/models/m.onnx/versions/3/stats', ['m', '3']],
  ])('%s', async (path, of) => {
    const { ask, asked } = dialect();
    expect((await ask('GET', path))?.text).toBe('{"model_stats":[]}');
    expect(asked).toEqual([of]);
  });
});

describe('settings', () => {
  test('of traces, of all models and of one', async () => {
    const { ask, asked } = dialect();
    const text = '{"trace_level":["OFF"],"trace_rate":"1000","trace_file":""}';
    expect((await ask('GET', '/v2/trace/setting'))?.text).toBe(text);
    const changes = '{"trace_level":["TIMESTAMPS"],"trace_rate":"5","trace_count":null}';
    expect((await ask('POST', '/v2/models/m/trace/setting', changes))?.text).toBe(text);
    await ask('POST', '/v2/trace/setting', '{"trace_level":"OFF","trace_count":7}');
    await ask('POST', '/v2/trace/setting');
    expect(asked).toEqual([
      '',
      ['m', { trace_level: ['TIMESTAMPS'], trace_rate: ['5'], trace_count: [] }],
      ['', { trace_level: ['OFF'], trace_count: ['7'] }],
      ['', {}],
    ]);
  });

  test('of the log', async () => {
    const { ask, asked } = dialect();
    const text = '{"log_file":"","log_info":true}';
    expect((await ask('GET', '/v2/logging'))?.text).toBe(text);
    expect((await ask('POST', '/v2/logging', '{"log_verbose_level":1}'))?.text).toBe(text);
    expect(asked).toEqual([{ log_verbose_level: 1 }]);
  });

  test.each([
    ['/v2/logging', '{', 'must be JSON'],
    ['/v2/logging', '[]', 'must be an object'],
    ['/v2/logging', '{"log_info":null}', 'log_info: wanted'],
    ['/v2/trace/setting', '{"trace_rate":{}}', 'trace_rate: wanted'],
    ['/v2/trace/setting', '{"trace_level":[5]}', 'trace_level: wanted'],
  ])('%s %s is refused', async (path, body, text) => {
    const answer = await dialect().ask('POST', path, body);
    expect(answer?.status).toBe(400);
    expect(errorOf(answer!)).toContain(text);
  });

  test('have no other paths and methods', async () => {
    const { ask } = dialect();
    expect(await ask('GET', '/v2/models/m/versions/1/trace/setting')).toBeUndefined();
    expect(await ask('GET', '/v2/logging/')).toBeUndefined();
    expect((await ask('PUT', '/v2/logging'))?.headers['allow']).toBe('GET, POST');
  });
});
