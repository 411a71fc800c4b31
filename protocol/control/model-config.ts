import type { Batching, ModelEntry, VersionEntry } from '../catalog';
import type { Dimension, TensorSpec } from '../signature';
import {
  configDatatype,
  type ConfigDatatype,
  type StatedConfig,
  type StatedInstances,
  type StatedWarmUp,
  type VersionPolicyJson,
} from './stated-config';

export interface ConfigInput {
  readonly name: string;
  readonly data_type: ConfigDatatype;
  readonly format: 'FORMAT_NONE';
  /** Without the batch dimension where max_batch_size is 1 or more; -1 is a free size. */
  readonly dims: readonly number[];
  readonly is_shape_tensor: false;
  readonly allow_ragged_batch: false;
  readonly optional: false;
  readonly is_non_linear_format_io: false;
}

export interface ConfigOutput {
  readonly name: string;
  readonly data_type: ConfigDatatype;
  readonly dims: readonly number[];
  readonly label_filename: string;
  readonly is_shape_tensor: false;
  readonly is_non_linear_format_io: false;
}

export interface ConfigInstances extends StatedInstances {
  readonly gpus: readonly number[];
  readonly secondary_devices: readonly never[];
  readonly profile: readonly string[];
  readonly passive: false;
  readonly host_policy: '';
}

/**
 * Triton's ModelConfig, in protobuf's field names and in the order in which Triton prints it. A
 * field that is absent is not set; clients look for the presence of the schedulers.
 */
export interface ModelConfigJson {
  readonly name: string;
  readonly platform: string;
  readonly backend: string;
  readonly runtime: '';
  readonly version_policy: VersionPolicyJson;
  readonly max_batch_size: number;
  readonly input: readonly ConfigInput[];
  readonly output: readonly ConfigOutput[];
  readonly batch_input: readonly never[];
  readonly batch_output: readonly never[];
  readonly optimization: {
    readonly priority: 'PRIORITY_DEFAULT';
    readonly input_pinned_memory: { readonly enable: boolean };
    readonly output_pinned_memory: { readonly enable: boolean };
    readonly gather_kernel_buffer_threshold: 0;
    readonly eager_batching: false;
  };
  readonly dynamic_batching?: {
    readonly preferred_batch_size: readonly number[];
    readonly max_queue_delay_microseconds: number;
    readonly preserve_ordering: false;
    readonly priority_levels: number;
    readonly default_priority_level: number;
    readonly priority_queue_policy: Readonly<Record<string, never>>;
  };
  readonly instance_group: readonly ConfigInstances[];
  readonly default_model_filename: string;
  readonly cc_model_filenames: Readonly<Record<string, never>>;
  readonly metric_tags: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, { readonly string_value: string }>>;
  readonly model_warmup: readonly StatedWarmUp[];
  readonly response_cache?: { readonly enable: true };
}

/** What Triton says of ONNX models; tools compare with these words. By the same rule for ORT's. */
export function platformOf(version: Pick<VersionEntry, 'stated'> | undefined): string {
  return `onnxruntime_${/\.ort$/i.test(fileOf(version)) ? 'ort' : 'onnx'}`;
}

function fileOf(version: Pick<VersionEntry, 'stated'> | undefined): string {
  return version?.stated?.defaultModelFilename ?? 'model.onnx';
}

const onnxBackend = 'onnxruntime';

/** The configuration that counts for a version: from its file, its configuration and its try. */
export function modelConfig(
  { name }: Pick<ModelEntry, 'name'>,
  version: Pick<VersionEntry, 'signature' | 'batching' | 'stated' | 'cache'>,
): ModelConfigJson {
  const { signature, batching } = version;
  const stated = version.stated ?? {};
  const rows = batchRows(version);
  return {
    name,
    platform: platformOf(version),
    backend: onnxBackend,
    runtime: '',
    version_policy: stated.versionPolicy ?? { all: {} },
    max_batch_size: rows,
    input: signature.inputs.flatMap((spec) => inputOf(spec, rows > 0)),
    output: signature.outputs.flatMap((spec) => outputOf(spec, rows > 0)),
    batch_input: [],
    batch_output: [],
    optimization: {
      priority: 'PRIORITY_DEFAULT',
      input_pinned_memory: { enable: false },
      output_pinned_memory: { enable: false },
      gather_kernel_buffer_threshold: 0,
      eager_batching: false,
    },
    ...(rows > 0 ? dynamicBatching(batching) : {}),
    ...placing(name, stated),
    model_warmup: stated.warmUps ?? [],
    ...(version.cache === undefined ? {} : { response_cache: { enable: true } as const }),
  };
}

/**
 * Most rows of one request, or 0 where the first dimension is none of rows. Metadata has a leading
 * -1 in all shapes wherever this is 1 or more, as tools take that for granted.
 */
function batchRows({ signature, batching }: Pick<VersionEntry, 'signature' | 'batching'>): number {
  const tensors = [...signature.inputs, ...signature.outputs].filter(carried);
  const free = tensors.every(({ shape }) => shape !== null && isFree(shape[0]));
  return batching.allowed && free ? batching.maxRows : 0;
}

function isFree(dim: Dimension | undefined): boolean {
  return dim === null || typeof dim === 'string';
}

/** What no datatype describes is in no metadata and cannot be asked for. */
function carried({ datatype }: TensorSpec): boolean {
  return datatype !== null;
}

/** Absent where requests are not put together, although one of them may have several rows. */
function dynamicBatching(
  batching: Batching,
): Pick<ModelConfigJson, 'dynamic_batching'> | Record<string, never> {
  const gathered = batching.gatherRows ?? batching.maxRows;
  if (gathered < 2) return {};
  return {
    dynamic_batching: {
      preferred_batch_size: [gathered],
      max_queue_delay_microseconds: batching.maxDelayUs,
      preserve_ordering: false,
      priority_levels: priorityLevels,
      default_priority_level: defaultPriority,
      priority_queue_policy: {},
    },
  };
}

/** Requests may say a `priority` from 1 to this; what says none counts as the default. */
const priorityLevels = 9;
const defaultPriority = 5;

function placing(
  name: string,
  stated: StatedConfig,
): Pick<
  ModelConfigJson,
  'instance_group' | 'default_model_filename' | 'cc_model_filenames' | 'metric_tags' | 'parameters'
> {
  const groups = stated.instanceGroup ?? [{ name: '', kind: 'KIND_CPU', count: 1 }];
  const parameters = Object.entries(stated.parameters ?? {});
  return {
    instance_group: groups.map((group, index) => instancesOf(group, `${name}_${index}`)),
    default_model_filename: fileOf({ stated }),
    cc_model_filenames: {},
    metric_tags: stated.metricTags ?? {},
    parameters: Object.fromEntries(
      parameters.map(([key, value]) => [key, { string_value: value }] as const),
    ),
  };
}

function instancesOf({ name, kind, count }: StatedInstances, otherwise: string): ConfigInstances {
  return {
    name: name === '' ? otherwise : name,
    kind,
    count,
    gpus: [],
    secondary_devices: [],
    profile: [],
    passive: false,
    host_policy: '',
  };
}

function inputOf(spec: TensorSpec, batched: boolean): ConfigInput[] {
  if (spec.datatype === null) return [];
  return [
    {
      name: spec.name,
      data_type: configDatatype(spec.datatype),
      format: 'FORMAT_NONE',
      dims: dimsOf(spec, batched),
      is_shape_tensor: false,
      allow_ragged_batch: false,
      optional: false,
      is_non_linear_format_io: false,
    },
  ];
}

function outputOf(spec: TensorSpec, batched: boolean): ConfigOutput[] {
  if (spec.datatype === null) return [];
  return [
    {
      name: spec.name,
      data_type: configDatatype(spec.datatype),
      dims: dimsOf(spec, batched),
      label_filename: '',
      is_shape_tensor: false,
      is_non_linear_format_io: false,
    },
  ];
}

function dimsOf({ shape }: TensorSpec, batched: boolean): number[] {
  const dims = metadataShape(shape);
  return batched ? dims.slice(1) : dims;
}

/** A shape as metadata tells it: -1 for what is free, and for a rank that is left open. */
export function metadataShape(shape: TensorSpec['shape']): number[] {
  return (shape ?? [null]).map((dim) => (typeof dim === 'number' ? dim : -1));
}
