import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ShoalError } from '../../core/errors';
import { configDigest, readConfigFiles } from './config-files';
import { emptyConfig } from './model-config';
import { parseModelConfig } from './parse-config';

function json(value: unknown): ReturnType<typeof parseModelConfig> {
  return parseModelConfig(JSON.stringify(value), 'config.json');
}

function faultOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ShoalError) return `${error.code} ${error.message}`;
    throw error;
  }
  return '';
}

test('answers are kept where response_cache says so, and only there', () => {
  expect(json({ response_cache: { enable: true } }).cache).toEqual({ maxBytes: null, ttlMs: null });
  expect(json({ response_cache: { enable: false } }).cache).toBeNull();
  const text = parseModelConfig('response_cache { enable: true }', 'config.pbtxt');
  expect([text.cache, text.unknownFields]).toEqual([{ maxBytes: null, ttlMs: null }, []]);
  for (const more of [{}, { response_cache: { enable: false } }]) {
    expect(() => json({ ...more, shoal: { cache: {} } })).toThrow(
      'response_cache.enable: wanted true',
    );
  }
});

describe('config.json', () => {
  test('an empty object is the empty configuration', () => {
    expect(json({})).toEqual(emptyConfig);
  });

  test('all fields that are used', () => {
    const config = json({
      name: 'x',
      max_batch_size: 8,
      dynamic_batching: { max_queue_delay_microseconds: '100' },
      response_cache: { enable: true },
      input: [{ name: 'a', data_type: 'TYPE_STRING', dims: [16] }],
      output: [{ name: 'b', data_type: 'TYPE_FP32', dims: [1], reshape: {} }],
      version_policy: { latest: { num_versions: 2 } },
      default_model_filename: 'net.onnx',
      shoal: {
        image: { layout: 'CHW', height: 8, width: 9, mean: 0.5, std: [1, 2, 3], order: 'BGR' },
        timeout_ms: 100,
        default_timeout_ms: 50,
        max_run_ms: 500,
        default_answer: {
          after_ms: 20,
          outputs: [{ name: 'b', datatype: 'FP32', shape: [], data: [1] }],
        },
        rate_limit: { total: '100/s burst 20', per_client: '30/min' },
        runner: 'own',
        description: 'text',
        keep_versions: 3,
        batching: 'refuse',
        padding: true,
        pinned: true,
        placement: { copies: 2, labels: { zone: 'a', machine: ['large', 'huge'] } },
        cache: { max_bytes: 1000, ttl_ms: 50 },
      },
    });
    expect(config).toEqual({
      maxBatchSize: 8,
      preferredRows: [],
      maxQueueDelayUs: 100,
      inputs: [{ name: 'a', datatype: 'BYTES', dims: [16] }],
      outputs: [{ name: 'b', datatype: 'FP32', dims: [], labelFilename: null }],
      versionPolicy: { kind: 'latest', count: 2 },
      defaultModelFilename: 'net.onnx',
      image: {
        layout: 'CHW',
        height: 8,
        width: 9,
        channels: 3,
        scale: 1,
        mean: [0.5, 0.5, 0.5],
        std: [1, 2, 3],
        order: 'BGR',
      },
      timeoutMs: 100,
      defaultTimeoutMs: 50,
      maxRunMs: 500,
      defaultAnswer: {
        afterMs: 20,
        outputs: [{ name: 'b', datatype: 'FP32', shape: [], data: [1] }],
      },
      rates: {
        total: { perSecond: 100, burst: 20 },
        perClient: { perSecond: 0.5, burst: 1 },
      },
      runner: 'own',
      description: 'text',
      keepVersions: 3,
      batching: 'refuse',
      padding: true,
      pinned: true,
      mayLeave: false,
      idleMs: null,
      stated: {},
      cache: { maxBytes: 1000, ttlMs: 50 },
      warmUps: [],
      placement: { copies: 2, labels: { zone: ['a'], machine: ['large', 'huge'] } },
      unknownFields: [],
    });
  });

  test('what is not known is named and does no harm', () => {
    const config = json({
      max_batch_size: 2,
      instance_group: [{ count: 1 }],
      shoal: { timeout: 1 },
      input: [{ name: 'a', format: 'FORMAT_NCHW' }],
    });
    expect(config.maxBatchSize).toBe(2);
    expect([...config.unknownFields].sort()).toEqual([
      'input.0.format',
      'instance_group',
      'shoal.timeout',
    ]);
  });

  test('empty file names, as a server tells them, are none', () => {
    const output = [{ name: 'y', label_filename: '' }];
    const config = json({ output, default_model_filename: '' });
    expect(config.outputs[0]?.labelFilename).toBeNull();
    expect(config.defaultModelFilename).toBe('model.onnx');
  });

  test.each<[unknown, string]>([
    [{ max_batch_size: 'many' }, 'max_batch_size: wanted a whole number from 0'],
    [{ max_batch_size: -1 }, 'got -1'],
    [{ max_batch_size: 1.5 }, 'max_batch_size: wanted a whole number'],
    [{ input: {} }, 'input: wanted a list of inputs, got {}'],
    [{ input: [{ name: 'a', data_type: 'FP32' }] }, 'input.0.data_type: wanted "TYPE_BOOL" or'],
    [{ input: [{}] }, 'input.0.name: wanted a text, got nothing'],
    [{ default_model_filename: '../x.onnx' }, 'default_model_filename: wanted a plain file name'],
    [{ shoal: { image: { layout: 'HWC' } } }, 'shoal.image.height'],
    [{ shoal: { image: { layout: 'HWC', height: 1, width: 1, mean: [1, 2] } } }, 'image.mean'],
    [{ shoal: { image: { layout: 'HWC', height: 1, width: 1, std: 0 } } }, 'must not be 0'],
    [{ shoal: { timeout_ms: 5, default_timeout_ms: 6 } }, 'wanted at most timeout_ms, 5, got 6'],
    [{ shoal: { max_run_ms: 500, runner: 'shared' } }, 'shoal.runner: wanted "own"'],
    [{ shoal: { rate_limit: { total: 'some' } } }, 'shoal.rate_limit.total: wanted a rate such as'],
    [{ shoal: { rate_limit: { total: 100 } } }, 'shoal.rate_limit.total: wanted a text, got 100'],
    [{ shoal: { default_answer: { outputs: {} } } }, 'outputs: wanted a list of outputs'],
    [
      { shoal: { default_answer: { outputs: [{ name: 'y', datatype: 'FP33' }] } } },
      'default_answer.outputs.0.datatype: wanted "BOOL" or',
    ],
    [{ shoal: { batching: 'maybe' } }, 'shoal.batching: wanted "allow" or "refuse", got "maybe"'],
    [{ sequence_batching: {} }, 'sequence_batching: wanted none, as models keep nothing'],
    [{ version_policy: { all: {}, latest: {} } }, 'version_policy: wanted one of'],
    [[], 'wanted an object'],
    [null, 'wanted an object'],
  ])('%j is refused', (value, message) => {
    expect(faultOf(() => json(value))).toMatch(/^invalid_request config\.json: /);
    expect(faultOf(() => json(value))).toContain(message);
  });

  test('two faults are told at once', () => {
    const fault = faultOf(() => json({ max_batch_size: -1, shoal: { timeout_ms: 0 } }));
    expect(fault).toContain('max_batch_size');
    expect(fault).toContain('shoal.timeout_ms');
  });

  test('text that is no JSON', () => {
    expect(faultOf(() => parseModelConfig('{', 'config.json'))).toContain('cannot be read');
  });
});

describe('config.pbtxt', () => {
  test('means the same as JSON', () => {
    const pbtxt = `
      max_batch_size: 8
      input [ { name: "a" data_type: TYPE_INT32 dims: [ 16, -1 ] } ]
      input { name: "b" data_type: TYPE_BOOL dims: 1 dims: 2 }
      dynamic_batching { max_queue_delay_microseconds: 100 preferred_batch_size: [4] }
      version_policy: { specific: { versions: [1, 3] } }
      instance_group [ { count: 2 kind: KIND_CPU } ]
    `;
    const config = parseModelConfig(pbtxt, 'config.pbtxt');
    expect(config).toEqual({
      ...json({
        max_batch_size: 8,
        input: [
          { name: 'a', data_type: 'TYPE_INT32', dims: [16, -1] },
          { name: 'b', data_type: 'TYPE_BOOL', dims: [1, 2] },
        ],
        dynamic_batching: { max_queue_delay_microseconds: 100, preferred_batch_size: [4] },
        version_policy: { specific: { versions: [1, 3] } },
      }),
      stated: { instanceGroup: [{ name: '', kind: 'KIND_CPU', count: 2 }] },
      unknownFields: ['instance_group'],
    });
    expect(config.preferredRows).toEqual([4]);
  });

  test('dynamic_batching {} and latest {}', () => {
    const config = parseModelConfig(
      'dynamic_batching {} version_policy { latest {} }',
      'config.pbtxt',
    );
    expect(config.versionPolicy).toEqual({ kind: 'latest', count: 1 });
  });

  test('sequence_batching is refused, empty or not', () => {
    for (const text of ['sequence_batching {}', 'sequence_batching { oldest { } }']) {
      expect(faultOf(() => parseModelConfig(text, 'config.pbtxt'))).toContain('sequence_batching');
    }
  });

  test('a fault names its line', () => {
    const fault = faultOf(() => parseModelConfig('a: 1\nb: {', 'config.pbtxt'));
    expect(fault).toContain('line 2');
  });
});

describe('the two files of a model', () => {
  test('both are refused, none is fine', async () => {
    const both = (): Promise<string> => Promise.resolve('');
    await expect(readConfigFiles(both)).rejects.toThrow(/wanted one of them/);
    await expect(readConfigFiles(() => Promise.resolve(undefined))).resolves.toBeUndefined();
  });

  test('the digest is of the meaning, not of the text', () => {
    const spaced = parseModelConfig('{ "max_batch_size" : 4 , "odd": 1 }', 'config.json');
    const tight = parseModelConfig('max_batch_size: 4', 'config.pbtxt');
    expect(configDigest(spaced)).toBe(configDigest(tight));
    expect(configDigest(spaced)).not.toBe(configDigest(emptyConfig));
    const timed = json({ shoal: { default_timeout_ms: 5 } });
    expect(configDigest(timed)).not.toBe(configDigest(emptyConfig));
  });

  test('digests of older repositories still hold', () => {
    expect(configDigest(emptyConfig)).toBe(
      '15cbce475d590a247a9d7922dc37eb46e7d1ec87b1e29c6d8797035be8ab1671',
    );
  });
});

const models = path.resolve(process.cwd(), '../shared/models/models');
const found = existsSync(models)
  ? readdirSync(models).filter((name) => existsSync(path.join(models, name, 'config.pbtxt')))
  : [];

(found.length > 0 || process.argv.includes('--ci') ? test : test.skip)(
  'configurations that Triton ships (skipped where ../shared/models is absent)',
  () => {
    expect(found.length).toBeGreaterThanOrEqual(3);
    for (const name of found) {
      const text = readFileSync(path.join(models, name, 'config.pbtxt'), 'utf8');
      if (text.includes('sequence_batching')) {
        expect(faultOf(() => parseModelConfig(text, 'config.pbtxt'))).toContain('wanted none');
        continue;
      }
      const config = parseModelConfig(text, 'config.pbtxt');
      expect(config.maxBatchSize).toBe(8);
      expect(config.inputs[0]?.datatype).toMatch(/^(INT32|BYTES)$/);
      expect(config.inputs.length + config.outputs.length).toBeGreaterThanOrEqual(2);
    }
  },
);
