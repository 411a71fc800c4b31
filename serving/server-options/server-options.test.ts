import type pino from 'pino';
import { withMuting } from '../../core/logging';
import { fakeCatalog } from '../../tests/support/fake-catalog';
import { servable } from '../../tests/support/servables';
import type { LoggedRequest } from '../http/access-log';
import { createServerOptions, type ActingOptions } from './server-options';

const catalog = fakeCatalog([servable([], []), { ...servable([], []), model: 'n' }]);

interface Line {
  readonly msg: string;
  readonly trace?: {
    readonly request_id: string;
    readonly timestamps: readonly { readonly name: string; readonly ns: number }[];
  };
}

function start(level: pino.Level = 'info'): {
  options: ActingOptions;
  logger: pino.Logger;
  said: () => Line[];
} {
  const lines: string[] = [];
  const logger = withMuting({ level }, { write: (line) => void lines.push(line) });
  const said = (): Line[] => lines.splice(0).map((line) => JSON.parse(line) as Line);
  return { options: createServerOptions(catalog, logger), logger, said };
}

describe('log settings', () => {
  function saidOf(logger: pino.Logger, said: () => Line[]): string[] {
    logger.debug('debug');
    logger.info('info');
    logger.warn('warn');
    logger.error('error');
    return said().map(({ msg }) => msg);
  }

  test('are what the process was started with', () => {
    expect(Object.fromEntries(start().options.log())).toEqual({
      log_file: '',
      log_info: true,
      log_warning: true,
      log_error: true,
      log_verbose_level: 0,
      log_format: 'default',
    });
    const { options } = start('error');
    expect(Object.fromEntries(options.log())).toMatchObject({ log_info: false, log_error: true });
  });

  test('act at once, each for itself', () => {
    const { options, logger, said } = start();
    const change = (changes: Record<string, string | number | boolean>): string[] => {
      options.changeLog(new Map(Object.entries(changes)));
      return saidOf(logger, said);
    };
    expect(saidOf(logger, said)).toEqual(['info', 'warn', 'error']);
    expect(change({ log_warning: false })).toEqual(['info', 'error']);
    expect(options.log().get('log_warning')).toBe(false);
    expect(change({ log_verbose_level: 1, log_info: false })).toEqual(['debug', 'error']);
    expect(change({ log_error: false, log_verbose_level: 0 })).toEqual([]);
    expect(change({ log_info: true, log_warning: true, log_error: true })).toEqual([
      'info',
      'warn',
      'error',
    ]);
  });

  test('of a quiet process bring what is asked for and no more', () => {
    const { options, logger, said } = start('error');
    options.changeLog(new Map([['log_info', true]]));
    expect(saidOf(logger, said)).toEqual(['info', 'error']);
    expect(Object.fromEntries(options.log())).toMatchObject({ log_info: true, log_warning: false });
  });

  test.each([
    ['log_file', 'x', 'unsupported'],
    ['log_info', 1, 'invalid_request'],
    ['log_verbose_level', -1, 'invalid_request'],
    ['log_format', 'xml', 'invalid_request'],
    ['log_colour', true, 'invalid_request'],
  ])('%s: %p is refused, and nothing is changed', (name, value, code) => {
    const { options } = start();
    const changes = new Map<string, string | number | boolean>([
      ['log_error', false],
      [name, value],
    ]);
    expect(() => options.changeLog(changes)).toThrow(expect.objectContaining({ code }) as Error);
    expect(options.log().get('log_error')).toBe(true);
  });
});

describe('trace settings', () => {
  const texts = (settings: ReadonlyMap<string, readonly string[]>): Record<string, string> =>
    Object.fromEntries([...settings].map(([name, values]) => [name, values.join()]));

  test('of a model are the global ones but for what it has of its own', () => {
    const { options } = start();
    expect(texts(options.trace(''))).toEqual({
      trace_level: 'OFF',
      trace_rate: '1000',
      trace_count: '-1',
      log_frequency: '0',
      trace_file: '',
      trace_mode: 'triton',
    });
    options.changeTrace('m', new Map([['trace_rate', ['5']]]));
    options.changeTrace(
      '',
      new Map([
        ['trace_rate', ['7']],
        ['trace_level', ['TIMESTAMPS']],
      ]),
    );
    expect(texts(options.trace('m'))).toMatchObject({ trace_rate: '5', trace_level: 'TIMESTAMPS' });
    expect(texts(options.trace('n'))).toMatchObject({ trace_rate: '7' });
    expect(texts(options.changeTrace('m', new Map([['trace_rate', []]])))).toMatchObject({
      trace_rate: '7',
    });
    expect(texts(options.changeTrace('', new Map([['trace_rate', []]])))).toMatchObject({
      trace_rate: '1000',
    });
  });

  test.each([
    ['', 'trace_level', ['TENSORS'], 'unsupported'],
    ['', 'trace_level', ['OFF', 'TIMESTAMPS'], 'invalid_request'],
    ['', 'trace_level', ['LOUD'], 'invalid_request'],
    ['', 'trace_rate', ['0'], 'invalid_request'],
    ['', 'trace_rate', ['1.5'], 'invalid_request'],
    ['', 'trace_count', ['-2'], 'invalid_request'],
    ['', 'trace_count', ['1', '2'], 'invalid_request'],
    ['', 'trace_file', ['x'], 'unsupported'],
    ['', 'trace_colour', ['x'], 'invalid_request'],
    ['z', 'trace_rate', ['1'], 'unknown_model'],
  ])('of %p: %s %j is refused as %s', (model, name, values, code) => {
    const { options } = start();
    const change = (): unknown => options.changeTrace(model, new Map([[name, values]]));
    expect(change).toThrow(expect.objectContaining({ code }) as Error);
  });

  test('write the moments of every so manieth request, so many times', () => {
    const { options, said } = start();
    const passed: string[] = [];
    const log = options.withTraces({ done: ({ requestId }) => void passed.push(requestId) });
    const ask = (count: number): string[] => {
      for (let at = 1; at <= count; at += 1) log.done(asked(`r${at}`), 200, 5);
      return said().map(({ trace }) => trace!.request_id);
    };
    expect(ask(3)).toEqual([]);
    const changes = { trace_level: ['TIMESTAMPS'], trace_rate: ['2'], trace_count: ['2'] };
    options.changeTrace('', new Map(Object.entries(changes)));
    expect(ask(8)).toEqual(['r2', 'r4']);
    options.changeTrace('m', new Map([['trace_level', ['OFF']]]));
    expect(ask(4)).toEqual([]);
    options.changeTrace(
      'm',
      new Map([
        ['trace_level', []],
        ['trace_count', ['-1']],
      ]),
    );
    log.done(asked('a'), 200, 5);
    log.done(asked('b'), 200, 5);
    const trace = said()[0]?.trace;
    const times = trace!.timestamps.map(({ ns }) => ns);
    expect(trace!.timestamps.map(({ name }) => name)).toEqual([
      'REQUEST_START',
      'QUEUE_START',
      'COMPUTE_START',
      'COMPUTE_INPUT_END',
      'COMPUTE_OUTPUT_START',
      'COMPUTE_END',
      'REQUEST_END',
    ]);
    expect(times.slice(1).map((time, at) => time - times[at]!)).toEqual([
      expect.closeTo(10_000, -2),
      expect.closeTo(20_000, -2),
      expect.closeTo(15_000, -2),
      expect.closeTo(400_000, -2),
      expect.closeTo(15_000, -2),
      expect.closeTo(4_540_000, -2),
    ]);
    expect(passed).toHaveLength(17);
  });
});

function asked(requestId: string): LoggedRequest {
  return {
    requestId,
    method: 'POST',
    path: '/',
    peer: '',
    header: () => undefined,
    notes: {
      dialect: 'oip',
      model: 'm',
      version: '1',
      host: 'h',
      rows: 1,
      batchRows: 1,
      answered: true,
      errorCode: '',
      stages: { decode: 10, queue: 20, transfer: 30, run: 400, encode: 5 },
    },
  };
}
