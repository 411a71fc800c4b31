import type { ModelEntry, VersionEntry } from '../../catalog';
import type { TensorSpec } from '../../signature';
import { ShoalError } from '../../../core/errors';

/** A tensor as the model describes it; free dimensions are null or have their name. */
export interface TensorInformation {
  readonly name: string;
  readonly type: string;
  readonly datatype: string | null;
  readonly shape: TensorSpec['shape'];
}

/**
 * A model's information. The first five fields are FRACTAL's: the type of the first input, the
 * number of values in one row of it (null where that is free), the type of the first output.
 */
export interface ModelInformation {
  readonly inputs_type: string;
  readonly num_inputs: number | null;
  readonly outputs: string;
  readonly description: string;
  readonly model_type: string;
  readonly model: string;
  readonly version: number;
  readonly default_version: number;
  readonly state: string;
  readonly reason: string;
  readonly inputs: readonly TensorInformation[];
  readonly outputs_full: readonly TensorInformation[];
  readonly sha256: string;
  readonly bytes: number;
  readonly opsets: Readonly<Record<string, number>>;
  readonly producer: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, number>>;
  /** Fields of its configuration that have no effect. */
  readonly ignored: readonly string[];
  readonly versions: readonly VersionLine[];
}

export interface VersionLine {
  readonly version: number;
  readonly state: string;
  readonly reason: string;
  readonly sha256: string;
}

/**
 * Information of the version that `version` (number, label or '' for the default) names. A model
 * whose default is not set yet is described by its newest version. Throws unknown_version.
 */
export function modelInformation(entry: ModelEntry, version: string): ModelInformation {
  const found = versionOf(entry, version);
  return {
    ...fractalFields(entry, found),
    model: entry.name,
    version: found.version,
    default_version: entry.defaultVersion,
    state: found.state,
    reason: found.reason,
    inputs: found.signature.inputs.map(tensorInformation),
    outputs_full: found.signature.outputs.map(tensorInformation),
    sha256: found.sha256,
    bytes: found.bytes,
    opsets: found.opsets,
    producer: found.producer,
    metadata: found.metadata,
    labels: entry.labels,
    ignored: found.ignored ?? [],
    versions: entry.versions.map(versionLine),
  };
}

/** The names as FRACTAL lists them: with `.onnx` at the end. */
export function modelList(models: readonly ModelEntry[]): string[] {
  return models.map((entry) => `${entry.name}.onnx`);
}

/** One line per model with its information; a model without any version has only its name. */
export function informationList(models: readonly ModelEntry[]): unknown[] {
  return models.map((entry) => {
    const line = { model: `${entry.name}.onnx`, description: entry.description };
    return entry.versions.length === 0 ? line : { ...modelInformation(entry, ''), ...line };
  });
}

function fractalFields(
  entry: ModelEntry,
  { signature, producer }: VersionEntry,
): Pick<ModelInformation, 'inputs_type' | 'num_inputs' | 'outputs' | 'description' | 'model_type'> {
  const [input] = signature.inputs;
  const [output] = signature.outputs;
  return {
    inputs_type: input?.valueType ?? '',
    num_inputs: input === undefined ? 0 : valuesPerRow(input),
    outputs: output?.valueType ?? '',
    description: entry.description,
    model_type: producer === '' ? 'onnx' : producer,
  };
}

function valuesPerRow({ shape }: TensorSpec): number | null {
  if (shape === null) return null;
  let count = 1;
  for (const dim of shape.slice(1)) {
    if (typeof dim !== 'number') return null;
    count *= dim;
  }
  return count;
}

function versionOf(entry: ModelEntry, version: string): VersionEntry {
  const wanted = numberOf(entry, version);
  const found = entry.versions.find((candidate) => candidate.version === wanted);
  if (found !== undefined) return found;
  const newest = entry.versions.at(-1);
  if (version === '' && newest !== undefined) return newest;
  throw new ShoalError(
    'unknown_version',
    `Model '${entry.name}' has no version '${version}'; it has ${entry.versions.map((line) => line.version).join(', ') || 'none'}.`,
  );
}

function numberOf(entry: ModelEntry, version: string): number {
  if (version === '') return entry.defaultVersion;
  if (/^\d+$/.test(version)) return Number(version);
  return Object.hasOwn(entry.labels, version) ? (entry.labels[version] ?? 0) : 0;
}

export function tensorInformation(spec: TensorSpec): TensorInformation {
  return {
    name: spec.name,
    type: spec.valueType,
    datatype: spec.datatype,
    shape: spec.shape,
  };
}

function versionLine({ version, state, reason, sha256 }: VersionEntry): VersionLine {
  return { version, state, reason, sha256 };
}
