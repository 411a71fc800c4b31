import { ShoalError } from '../../core/errors';
import { rowForms, usualInput, type Flavour, type MadeUpBy } from '../../protocol/made-up-input';
import type { TensorForm } from '../../protocol/made-up-input';
import type { Signature, TensorSpec } from '../../protocol/signature';
import type { ConfiguredWarmUp, ModelConfig } from './model-config';
import { rowsMeasured } from './overhead-rows';
import { servedSignature } from './padding';

/** Runs that a version has to have behind it before it counts as ready. */
export interface WarmUp {
  /** What asks for it in the configuration; '' where nobody has. */
  readonly field: string;
  /** Of the example input, which may fail: nobody said that it runs. Absent: what `field` says, which may not. */
  readonly exampleRows?: number;
  readonly count: number;
  readonly seed: number;
  readonly inputs: readonly (TensorForm & { readonly flavour: Flavour })[];
}

/** What the try found out, for the runs that may be afforded. */
interface Tried {
  readonly ran: boolean;
  readonly madeUpBy?: MadeUpBy | undefined;
  /** Microseconds of a row alone and of one of several; 0 where that is not known. */
  readonly rowUs: { readonly alone: number; readonly batched: number };
  readonly residentBytes: number;
}

const preferredField = 'dynamic_batching.preferred_batch_size';

/** What a run of the largest size may take where nobody has asked for it, by what the try measured. */
const mostRunUs = 250_000;
const mostRunBytes = 512 * 1024 ** 2;

/**
 * What the configuration asks for, else runs on the example input: of one row where the try ran at
 * all, of the sizes that are preferred, and of the largest one as far as that can be afforded.
 * @param fileBytes of the model, which the try's memory holds as well
 */
export function warmUpsOf(
  config: ModelConfig,
  ofFile: Signature,
  probe: Tried,
  fileBytes = 0,
): WarmUp[] {
  const configured = configuredWarmUps(config, ofFile);
  if (configured.length > 0) return configured;
  const { flavour, seed, freeSize } = probe.madeUpBy ?? usualInput;
  const signature = servedSignature(config, ofFile);
  const forms = rowForms(signature, freeSize) ?? [];
  const preferred = signature.inputs.every(hasRows) ? preferredSizes(config) : [];
  const unasked = probe.ran ? unaskedSizes(config, signature, mostRows(probe, fileBytes)) : [];
  return [...new Set([...unasked, ...preferred])]
    .sort((a, b) => a - b)
    .map((rows) => ({
      field: preferred.includes(rows) ? preferredField : '',
      exampleRows: rows,
      count: 1,
      seed,
      inputs: forms.map((form) => ({ ...form, shape: ofRows(form.shape, rows), flavour })),
    }));
}

function ofRows(shape: readonly number[], rows: number): readonly number[] {
  return rows === 1 ? shape : [rows, ...shape.slice(1)];
}

/** Requests with more rows than the largest run are refused. */
function preferredSizes(config: ModelConfig): number[] {
  const { preferredRows, maxBatchSize } = config;
  if (oneSizeOnly(config)) return [];
  return preferredRows.map((rows) => Math.min(rows, maxBatchSize ?? rows));
}

/** The largest run is a limit, not a size that is asked to be warm. */
function unaskedSizes(config: ModelConfig, { inputs }: Signature, most: number): number[] {
  if (oneSizeOnly(config) || !inputs.every(hasRows)) return [1];
  return [1, Math.min(config.maxBatchSize ?? 1, most)];
}

/** Padded runs are all alike. */
function oneSizeOnly({ padding, batching, maxBatchSize }: ModelConfig): boolean {
  return padding || batching === 'refuse' || maxBatchSize === 0;
}

/** Of the rows that the try ran together each took its part of all memory but the model's own. */
function mostRows({ rowUs, residentBytes }: Tried, fileBytes: number): number {
  const us = rowUs.batched > 0 ? rowUs.batched : rowUs.alone;
  const bytes = Math.max(0, residentBytes - fileBytes) / rowsMeasured;
  const most = Math.min(mostRunUs / Math.max(us, 1), mostRunBytes / Math.max(bytes, 1));
  return Math.max(1, Math.floor(most));
}

/** Throws model_rejected naming the field that does not fit the model. */
export function configuredWarmUps(config: ModelConfig, ofFile: Signature): WarmUp[] {
  const { inputs } = servedSignature(config, ofFile);
  return config.warmUps.map((warmUp, index) => {
    const field = `model_warmup.${index}`;
    checkNames(warmUp, inputs, field);
    checkRows(warmUp, config.maxBatchSize, field);
    return {
      field: warmUp.name === '' ? field : `${field} '${warmUp.name}'`,
      count: warmUp.count,
      seed: usualInput.seed,
      inputs: inputs.map((spec) => inputOf(warmUp, spec, config.maxBatchSize, field)),
    };
  });
}

function checkNames(warmUp: ConfiguredWarmUp, specs: readonly TensorSpec[], field: string): void {
  const given = warmUp.inputs.map(({ name }) => name);
  const wanted = specs.map(({ name }) => name);
  const wrong = given.find((name) => !wanted.includes(name));
  if (wrong === undefined && wanted.every((name) => given.includes(name))) return;
  reject(`${field}.inputs`, `wanted ${wanted.join(', ')}, got ${given.join(', ')}`);
}

function checkRows({ batchSize }: ConfiguredWarmUp, most: number | null, field: string): void {
  if (most === null || batchSize <= Math.max(1, most)) return;
  reject(`${field}.batch_size`, `wanted at most ${Math.max(1, most)}, got ${batchSize}`);
}

function inputOf(
  { batchSize, inputs }: ConfiguredWarmUp,
  spec: TensorSpec,
  maxBatchSize: number | null,
  field: string,
): WarmUp['inputs'][number] {
  const given = inputs.find(({ name }) => name === spec.name);
  const at = `${field}.inputs.${spec.name}`;
  if (given === undefined || given.datatype !== spec.datatype) {
    reject(`${at}.data_type`, `wanted ${spec.datatype ?? spec.valueType}`);
  }
  const { name, datatype, dims, values } = given;
  const shape = shapeOf({ dims, batchSize }, spec, maxBatchSize);
  if (shape === undefined) {
    const open = (spec.shape ?? []).map((size) => (typeof size === 'number' ? size : -1));
    reject(`${at}.dims`, `the model has [${open.join(',')}], got [${dims.join(',')}]`);
  }
  if (shape.length <= dims.length && batchSize > 1) {
    reject(`${field}.batch_size`, `wanted 1, as the dims of '${name}' have no rows before them`);
  }
  return { name, datatype, shape, flavour: values === 'zero' ? 'zero' : 'varied' };
}

/** `dims` leave the rows out where the model has them; without max_batch_size they may say them, too. */
function shapeOf(
  { dims, batchSize }: { readonly dims: readonly number[]; readonly batchSize: number },
  spec: TensorSpec,
  maxBatchSize: number | null,
): readonly number[] | undefined {
  const withRows = [batchSize, ...dims];
  if (maxBatchSize !== 0 && hasRows(spec) && fits(withRows, spec)) return withRows;
  const shape = isScalar(dims, spec) ? [] : dims;
  return (maxBatchSize ?? 0) === 0 && fits(shape, spec) ? shape : undefined;
}

function hasRows({ shape }: TensorSpec): boolean {
  return shape !== null && shape.length > 0 && typeof shape[0] !== 'number';
}

function fits(shape: readonly number[], spec: TensorSpec): boolean {
  if (spec.shape === null) return true;
  if (shape.length !== spec.shape.length) return false;
  return spec.shape.every((size, at) => typeof size !== 'number' || size === shape[at]);
}

/** Triton writes a scalar as [1]. */
function isScalar(dims: readonly number[], { shape }: TensorSpec): boolean {
  return shape?.length === 0 && dims.length === 1 && dims[0] === 1;
}

function reject(field: string, fault: string): never {
  throw new ShoalError('model_rejected', `The configuration does not fit: ${field}: ${fault}.`);
}
