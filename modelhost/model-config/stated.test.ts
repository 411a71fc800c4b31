import { emptyConfig } from './model-config';
import { configDigest, configFromText } from './config-files';
import { statedConfig } from './stated';

const stated = {
  parameters: { threads: '1' },
  metricTags: { team: 'a' },
  instanceGroup: [{ name: 'cpu', kind: 'KIND_CPU', count: 2 }],
};

test('the same of JSON and of the text form', () => {
  const json = {
    parameters: { threads: { string_value: '1' } },
    metric_tags: { team: 'a' },
    instance_group: [{ name: 'cpu', kind: 'KIND_CPU', count: 2 }],
  };
  const text =
    'parameters [ { key: "threads" value { string_value: "1" } } ]\n' +
    'metric_tags { key: "team" value: "a" }\n' +
    'instance_group [ { name: "cpu" kind: KIND_CPU count: 2 } ]\n';
  expect(configFromText(JSON.stringify(json), 'config.json').config.stated).toEqual(stated);
  expect(configFromText(text, 'config.pbtxt').config.stated).toEqual(stated);
});

test('what is not understood is left out', () => {
  const json = '{"parameters":{"a":1,"b":{}},"metric_tags":[1],"instance_group":{"count":2}}';
  expect(configFromText(json, 'config.json').config.stated).toEqual({});
});

test('it does not make it another configuration', () => {
  expect(configDigest({ ...emptyConfig, stated: { parameters: { a: 'b' } } })).toBe(
    configDigest(emptyConfig),
  );
});

test.each([
  [{ kind: 'all' } as const, { all: {} }],
  [{ kind: 'latest', count: 2 } as const, { latest: { num_versions: 2 } }],
  [{ kind: 'specific', versions: [1, 3] } as const, { specific: { versions: [1, 3] } }],
])('the version policy %j as Triton writes it', (versionPolicy, told) => {
  expect(statedConfig({ ...emptyConfig, versionPolicy }, 'net.onnx')).toEqual({
    versionPolicy: told,
    defaultModelFilename: 'net.onnx',
  });
});

test('warm-ups as Triton writes them', () => {
  const inputs = {
    x: { data_type: 'TYPE_FP32', dims: [4], random_data: true },
    words: { data_type: 'TYPE_STRING', dims: [1], zero_data: true },
  };
  const text = JSON.stringify({
    model_warmup: [
      { name: 'eight', batch_size: 8, inputs },
      { batch_size: '1', inputs, count: 3 },
    ],
  });
  const { config } = configFromText(text, 'config.json');
  expect(statedConfig(config, 'model.onnx').warmUps).toEqual([
    { name: 'eight', batch_size: 8, inputs, count: 1 },
    { name: '', batch_size: 1, inputs, count: 3 },
  ]);
});
