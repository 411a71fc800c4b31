import { versionEntry } from '../../tests/support/catalogs';
import { spec } from '../../tests/support/servables';
import type { Batching, VersionEntry } from '../catalog';
import { metadataShape, modelConfig, platformOf } from './model-config';

const batches: Batching = {
  allowed: true,
  maxRows: 64,
  gatherRows: 64,
  configured: true,
  maxDelayUs: 0,
};

function entry(
  [inputs, outputs]: readonly [
    VersionEntry['signature']['inputs'],
    VersionEntry['signature']['outputs'],
  ],
  changes: Partial<VersionEntry> = {},
): VersionEntry {
  return versionEntry(1, { signature: { inputs, outputs }, batching: batches, ...changes });
}

const mlp = [[spec('x', ['N', 784])], [spec('y', ['N', 10])]] as const;

test('the configuration of a model that batches, key by key in the order of Triton', () => {
  expect(JSON.stringify(modelConfig({ name: 'mlp' }, entry(mlp)))).toBe(
    '{"name":"mlp","platform":"onnxruntime_onnx","backend":"onnxruntime","runtime":"","version_policy":{"all":{}},"max_batch_size":64,' +
      '"input":[{"name":"x","data_type":"TYPE_FP32","format":"FORMAT_NONE","dims":[784],"is_shape_tensor":false,"allow_ragged_batch":false,"optional":false,"is_non_linear_format_io":false}],' +
      '"output":[{"name":"y","data_type":"TYPE_FP32","dims":[10],"label_filename":"","is_shape_tensor":false,"is_non_linear_format_io":false}],' +
      '"batch_input":[],"batch_output":[],"optimization":{"priority":"PRIORITY_DEFAULT","input_pinned_memory":{"enable":false},"output_pinned_memory":{"enable":false},"gather_kernel_buffer_threshold":0,"eager_batching":false},' +
      '"dynamic_batching":{"preferred_batch_size":[64],"max_queue_delay_microseconds":0,"preserve_ordering":false,"priority_levels":9,"default_priority_level":5,"priority_queue_policy":{}},' +
      '"instance_group":[{"name":"mlp_0","kind":"KIND_CPU","count":1,"gpus":[],"secondary_devices":[],"profile":[],"passive":false,"host_policy":""}],' +
      '"default_model_filename":"model.onnx","cc_model_filenames":{},"metric_tags":{},"parameters":{},"model_warmup":[]}',
  );
});

test('says what is run before it is ready', () => {
  const x = { data_type: 'TYPE_FP32', dims: [784], zero_data: true } as const;
  const warmUps = [{ name: 'eight', batch_size: 8, inputs: { x }, count: 2 }];
  const config = modelConfig({ name: 'm' }, entry(mlp, { stated: { warmUps } }));
  expect(config.model_warmup).toEqual(warmUps);
});

test('says whether answers are kept', () => {
  const kept = modelConfig({ name: 'm' }, entry(mlp, { cache: { maxBytes: null, ttlMs: null } }));
  expect(kept.response_cache).toEqual({ enable: true });
  expect(modelConfig({ name: 'm' }, entry(mlp))).not.toHaveProperty('response_cache');
});

test.each([
  [
    'rows may not be put together',
    entry(mlp, { batching: { ...batches, allowed: false } }),
    0,
    [-1, 784],
  ],
  [
    'a first dimension is fixed',
    entry([[spec('x', [2, 'w'])], [spec('y', ['N', 10])]]),
    0,
    [2, -1],
  ],
  ['an output has no rows', entry([[spec('x', ['N', 3])], [spec('y', [])]]), 0, [-1, 3]],
  ['a rank is open', entry([[spec('x', null)], [spec('y', ['N'])]]), 0, [-1]],
  ['nothing but rows', entry([[spec('x', ['N'])], [spec('y', ['N'])]]), 64, []],
  [
    'what is not carried does not count',
    entry([[spec('x', ['N', 4])], [spec('y', ['N']), spec('z', null, null)]]),
    64,
    [4],
  ],
])('max_batch_size and dims where %s', (_where, version, maxBatchSize, dims) => {
  const config = modelConfig({ name: 'm' }, version);
  expect(config.max_batch_size).toBe(maxBatchSize);
  expect(config.input[0]?.dims).toEqual(dims);
  expect('dynamic_batching' in config).toBe(maxBatchSize > 0);
  const [first] = version.signature.inputs;
  const inMetadata = metadataShape(first?.shape ?? null);
  expect(inMetadata).toEqual(maxBatchSize > 0 ? [-1, ...dims] : dims);
});

test('without gain from gathering there is no dynamic batching, and requests may have rows', () => {
  const config = modelConfig(
    { name: 'm' },
    entry(mlp, { batching: { ...batches, gatherRows: 1 } }),
  );
  expect(config.max_batch_size).toBe(64);
  expect(config).not.toHaveProperty('dynamic_batching');
});

test('datatypes have the names of the configuration, strings too', () => {
  const version = entry([[spec('x', ['N'], 'BYTES')], [spec('y', ['N'], 'INT64')]]);
  const { input, output } = modelConfig({ name: 'm' }, version);
  expect([input[0]?.data_type, output[0]?.data_type]).toEqual(['TYPE_STRING', 'TYPE_INT64']);
});

test('a model in the ORT format is called by its file', () => {
  const version = entry(mlp, { stated: { defaultModelFilename: 'model.ort' } });
  expect(modelConfig({ name: 'm' }, version)).toMatchObject({
    platform: 'onnxruntime_ort',
    default_model_filename: 'model.ort',
  });
  expect(platformOf(undefined)).toBe('onnxruntime_onnx');
});

test('what the operator has stated is carried along', () => {
  const stated = {
    versionPolicy: { latest: { num_versions: 2 } },
    defaultModelFilename: 'net.onnx',
    parameters: { intra_op_thread_count: '1' },
    metricTags: { team: 'a' },
    instanceGroup: [{ name: '', kind: 'KIND_CPU', count: 2 }],
  } as const;
  expect(modelConfig({ name: 'm' }, entry(mlp, { stated }))).toMatchObject({
    version_policy: { latest: { num_versions: 2 } },
    default_model_filename: 'net.onnx',
    parameters: { intra_op_thread_count: { string_value: '1' } },
    metric_tags: { team: 'a' },
    instance_group: [{ name: 'm_0', kind: 'KIND_CPU', count: 2 }],
  });
});
