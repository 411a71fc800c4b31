import { ShoalError } from '../../core/errors';
import type { ImageInput } from '../../protocol/catalog';
import { emptyConfig } from './model-config';
import type {
  ConfiguredAnswer,
  ConfiguredOutput,
  ConfiguredTensor,
  ConfiguredWarmUp,
  ModelConfig,
  VersionPolicy,
} from './model-config';
import { pbtxtToJson } from './pbtxt';
import { configSchema } from './schema';
import type {
  ConfigFile,
  ConfigFileAnswer,
  ConfigFileImage,
  ConfigFileOutput,
  ConfigFileTensor,
  ConfigFileWarmUp,
} from './schema';
import { statedIn } from './stated';
import { stayOf, type ConfigFormat, type Stay } from './stay';
import { TextProtoError } from './text-proto-tokens';
import { datatypeOf } from './triton-datatype';

export type { ConfigFormat } from './stay';

const maxConfigBytes = 1 << 20;

/** Reads a configuration. Throws invalid_request with a line per field that is wrong. */
export function parseModelConfig(text: string, format: ConfigFormat): ModelConfig {
  const raw = readText(text, format);
  const { file, unknownFields } = checked(raw, format);
  return {
    maxBatchSize: file.max_batch_size ?? null,
    ...batchesOf(file.dynamic_batching ?? {}),
    inputs: (file.input ?? []).map(tensorOf),
    outputs: (file.output ?? []).map(outputOf),
    cache: cacheOf(file, format),
    warmUps: (file.model_warmup ?? []).map(warmUpOf),
    versionPolicy: policyOf(file, format),
    defaultModelFilename: file.default_model_filename ?? emptyConfig.defaultModelFilename,
    ...shoalOf(file.shoal ?? {}, format),
    stated: statedIn(raw),
    unknownFields,
  };
}

function batchesOf(
  file: NonNullable<ConfigFile['dynamic_batching']>,
): Pick<ModelConfig, 'preferredRows' | 'maxQueueDelayUs'> {
  return {
    preferredRows: file.preferred_batch_size ?? [],
    maxQueueDelayUs: file.max_queue_delay_microseconds ?? 0,
  };
}

type ShoalSettings = NonNullable<ConfigFile['shoal']>;

type Timeouts = Pick<ModelConfig, 'timeoutMs' | 'defaultTimeoutMs'>;

type ShoalFields = Timeouts &
  Placing &
  Stay &
  Pick<
    ModelConfig,
    | 'placement'
    | 'image'
    | 'defaultAnswer'
    | 'rates'
    | 'description'
    | 'keepVersions'
    | 'batching'
    | 'padding'
  >;

type Placing = Pick<ModelConfig, 'runner' | 'maxRunMs'>;

function shoalOf(settings: ShoalSettings, format: ConfigFormat): ShoalFields {
  return {
    image: settings.image === undefined ? null : imageOf(settings.image, format),
    ...timeoutsOf(settings, format),
    defaultAnswer: settings.default_answer === undefined ? null : answerOf(settings.default_answer),
    rates: ratesOf(settings),
    ...runnerOf(settings, format),
    ...stayOf(settings, format),
    description: settings.description ?? '',
    keepVersions: settings.keep_versions ?? null,
    batching: settings.batching ?? 'measured',
    padding: settings.padding ?? false,
  };
}

function timeoutsOf(settings: ShoalSettings, format: ConfigFormat): Timeouts {
  const { timeout_ms: longest, default_timeout_ms: usual } = settings;
  if (longest !== undefined && usual !== undefined && usual > longest) {
    throw new ShoalError(
      'invalid_request',
      `${format}: shoal.default_timeout_ms: wanted at most timeout_ms, ${longest}, got ${usual}`,
    );
  }
  return { timeoutMs: longest ?? null, defaultTimeoutMs: usual ?? null };
}

/** A runner that is killed for one model's run would take the others of a shared one along. */
function runnerOf({ runner, max_run_ms: maxRunMs }: ShoalSettings, format: ConfigFormat): Placing {
  if (maxRunMs === undefined) return { runner: runner ?? 'measured', maxRunMs: null };
  if (runner !== 'shared') return { runner: 'own', maxRunMs };
  throw new ShoalError(
    'invalid_request',
    `${format}: shoal.runner: wanted "own", as max_run_ms is there, got "shared"`,
  );
}

function ratesOf({ rate_limit: limit }: ShoalSettings): ModelConfig['rates'] {
  if (limit === undefined) return null;
  return { total: limit.total ?? null, perClient: limit.per_client ?? null };
}

function answerOf({ after_ms: afterMs, outputs }: ConfigFileAnswer): ConfiguredAnswer {
  return { afterMs: afterMs ?? null, outputs };
}

function readText(text: string, format: ConfigFormat): unknown {
  if (text.length > maxConfigBytes) {
    throw new ShoalError('invalid_request', `${format} is longer than ${maxConfigBytes} bytes.`);
  }
  try {
    return format === 'config.json' ? JSON.parse(text) : pbtxtToJson(text);
  } catch (error) {
    if (error instanceof TextProtoError || error instanceof SyntaxError) {
      throw new ShoalError('invalid_request', `${format} cannot be read: ${error.message}`);
    }
    throw error;
  }
}

interface Checked {
  readonly file: ConfigFile;
  readonly unknownFields: readonly string[];
}

/** Checks the fields; those that are not known are named and left out. */
function checked(raw: unknown, format: ConfigFormat): Checked {
  const first = configSchema.safeParse(raw);
  if (first.success) return { file: first.data, unknownFields: [] };
  const faults: string[] = [];
  const unknownFields: string[] = [];
  const known: unknown = structuredClone(raw);
  for (const issue of first.error.issues) {
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) {
        unknownFields.push([...issue.path, key].join('.'));
        removeAt(known, issue.path, key);
      }
    } else {
      faults.push(faultText(raw, issue.path, issue.message));
    }
  }
  if (faults.length > 0) throw new ShoalError('invalid_request', `${format}: ${faults.join('; ')}`);
  return { file: configSchema.parse(known), unknownFields };
}

type Path = readonly PropertyKey[];

function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

function removeAt(root: unknown, path: Path, key: string): void {
  const parent = valueAt(root, path);
  if (typeof parent === 'object' && parent !== null) Reflect.deleteProperty(parent, key);
}

function faultText(raw: unknown, path: Path, message: string): string {
  const field = path.length === 0 ? 'the whole' : path.map(String).join('.');
  const value = valueAt(raw, path);
  const got = value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 100);
  return `${field}: ${message}, got ${got}`;
}

function tensorOf(tensor: ConfigFileTensor): ConfiguredTensor {
  return {
    name: tensor.name,
    datatype: tensor.data_type === undefined ? null : datatypeOf(tensor.data_type),
    dims: tensor.reshape === undefined ? (tensor.dims ?? null) : (tensor.reshape.shape ?? []),
  };
}

function outputOf(output: ConfigFileOutput): ConfiguredOutput {
  return { ...tensorOf(output), labelFilename: output.label_filename ?? null };
}

function cacheOf(
  { response_cache: caching, shoal }: ConfigFile,
  format: ConfigFormat,
): ModelConfig['cache'] {
  const asked = caching?.enable ?? false;
  const { cache } = shoal ?? {};
  if (asked) return { maxBytes: cache?.max_bytes ?? null, ttlMs: cache?.ttl_ms ?? null };
  if (cache === undefined) return null;
  throw new ShoalError(
    'invalid_request',
    `${format}: response_cache.enable: wanted true, as shoal.cache is there, got nothing or false`,
  );
}

function warmUpOf({
  name,
  batch_size: batchSize,
  count,
  inputs,
}: ConfigFileWarmUp): ConfiguredWarmUp {
  return {
    name: name ?? '',
    batchSize,
    count: Math.max(1, count ?? 1),
    inputs: Object.entries(inputs).map(([input, given]) => ({
      name: input,
      datatype: datatypeOf(given.data_type),
      dims: given.dims,
      values: given.zero_data === true ? 'zero' : 'random',
    })),
  };
}

function policyOf(file: ConfigFile, format: ConfigFormat): VersionPolicy {
  const policy = file.version_policy ?? {};
  const kinds = Object.keys(policy);
  if (kinds.length > 1) {
    throw new ShoalError(
      'invalid_request',
      `${format}: version_policy: wanted one of latest, all and specific, got ${kinds.join(', ')}`,
    );
  }
  if (policy.latest !== undefined) {
    return { kind: 'latest', count: Math.max(1, policy.latest.num_versions ?? 1) };
  }
  if (policy.specific !== undefined) return { kind: 'specific', ...policy.specific };
  return { kind: 'all' };
}

function imageOf(image: ConfigFileImage, format: ConfigFormat): ImageInput {
  const channels = image.channels ?? 3;
  const perChannel = (field: 'mean' | 'std', fallback: number): number[] => {
    const list = image[field] ?? [fallback];
    if (list.length !== 1 && list.length !== channels) {
      throw new ShoalError(
        'invalid_request',
        `${format}: shoal.image.${field}: wanted 1 or ${channels} numbers, got ${list.length}`,
      );
    }
    return Array.from({ length: channels }, (_, c) => list[list.length === 1 ? 0 : c] ?? fallback);
  };
  const std = perChannel('std', 1);
  if (std.includes(0)) {
    throw new ShoalError('invalid_request', `${format}: shoal.image.std: must not be 0`);
  }
  return {
    layout: image.layout,
    height: image.height,
    width: image.width,
    channels,
    scale: image.scale ?? 1,
    mean: perChannel('mean', 0),
    std,
    order: image.order ?? 'RGB',
  };
}
