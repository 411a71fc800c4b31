import { ShoalError } from '../../core/errors';
import type { Batching } from '../../protocol/catalog';
import type { Dimension, Signature, TensorSpec } from '../../protocol/signature';
import { defaultAnswerOf } from './default-answer';
import type { ConfiguredTensor, ModelConfig } from './model-config';
import { overheadRows } from './overhead-rows';
import { configuredWarmUps } from './warm-up';
import { fixedRows, paddedRows, servedSignature } from './padding';

/** Refuses a configuration that the model contradicts. Throws model_rejected naming the field. */
export function checkConfig(config: ModelConfig, ofFile: Signature): void {
  if (config.padding) checkPadding(config, ofFile);
  const signature = servedSignature(config, ofFile);
  const batched = (config.maxBatchSize ?? 0) > 0;
  if (batched) checkFreeFirst(signature);
  checkTensors('input', config.inputs, signature.inputs, config.maxBatchSize);
  checkTensors('output', config.outputs, signature.outputs, config.maxBatchSize);
  checkImage(config, signature);
  checkDefaultAnswer(config, signature);
  configuredWarmUps(config, ofFile);
}

function checkPadding({ maxBatchSize, batching }: ModelConfig, signature: Signature): void {
  const rows = fixedRows(signature);
  if (rows === null || rows < 2) {
    const specs = [...signature.inputs, ...signature.outputs];
    const shapes = specs.map((spec) => `'${spec.name}' ${shapeText(spec)}`).join(', ');
    const wanted = 'wanted the same first dimension, fixed to 2 or more, of all inputs and outputs';
    reject('shoal.padding', `${wanted}, got ${shapes}`);
  }
  if (maxBatchSize !== null && maxBatchSize !== rows) {
    reject('max_batch_size', `wanted ${rows} or nothing, as runs are padded, got ${maxBatchSize}`);
  }
  if (batching === 'refuse') reject('shoal.batching', "wanted no 'refuse', as runs are padded");
}

/** Padding is only right where rows do not depend on one another. Throws model_rejected. */
export function checkPaddable(
  { padding, batching }: ModelConfig,
  measured: { readonly canBatch: boolean; readonly whyNoBatch: string },
): void {
  if (!padding || measured.canBatch || batching === 'allow') return;
  reject(
    'shoal.padding',
    `the try did not show that rows are independent: ${measured.whyNoBatch}; ` +
      `leave padding out, or, if you know better, set shoal.batching to "allow"`,
  );
}

function reject(field: string, fault: string): never {
  throw new ShoalError('model_rejected', `The configuration does not fit: ${field}: ${fault}.`);
}

/** The first dimension of everything is free, so that rows can be put one after the other. */
function freeFirst(signature: Signature): boolean {
  const tensors = [...signature.inputs, ...signature.outputs];
  return tensors.every((spec) => spec.shape !== null && isFree(spec.shape[0]));
}

function isFree(dim: Dimension | undefined): boolean {
  return dim === null || typeof dim === 'string';
}

function checkFreeFirst(signature: Signature): void {
  if (freeFirst(signature)) return;
  const fixed = [...signature.inputs, ...signature.outputs].find(
    (spec) => spec.shape === null || !isFree(spec.shape[0]),
  );
  reject(
    'max_batch_size',
    `wanted 0, as the first dimension of '${fixed?.name ?? ''}' is not free: ${shapeText(fixed)}`,
  );
}

function shapeText(spec: TensorSpec | undefined): string {
  if (spec?.shape == null) return 'no shape is declared';
  return `[${spec.shape.map((dim) => (isFree(dim) ? '-1' : String(dim))).join(',')}]`;
}

function checkTensors(
  field: 'input' | 'output',
  configured: readonly ConfiguredTensor[],
  specs: readonly TensorSpec[],
  maxBatchSize: number | null,
): void {
  configured.forEach((tensor, index) => {
    const at = `${field}.${index}`;
    const spec = specs.find((each) => each.name === tensor.name);
    if (spec === undefined) {
      const names = specs.map((each) => each.name).join(', ');
      reject(`${at}.name`, `the model has no ${field} '${tensor.name}', it has ${names}`);
    }
    if (tensor.datatype !== null && spec.datatype !== null && tensor.datatype !== spec.datatype) {
      reject(`${at}.data_type`, `the model has ${spec.datatype}, got ${tensor.datatype}`);
    }
    if (tensor.dims !== null && spec.shape !== null && !fits(tensor.dims, spec, maxBatchSize)) {
      reject(`${at}.dims`, `the model has ${shapeText(spec)}, got [${tensor.dims.join(',')}]`);
    }
  });
}

/** Without max_batch_size both readings are taken: with the batch dimension and without it. */
function fits(dims: readonly number[], spec: TensorSpec, maxBatchSize: number | null): boolean {
  const shape = spec.shape ?? [];
  const whole = sameDims(dims, shape);
  const rows = isFree(shape[0]) && sameDims(dims, shape.slice(1));
  if (maxBatchSize === null) return whole || rows;
  return maxBatchSize === 0 ? whole : rows;
}

/** A size where the model leaves it free is taken; a free size where the model fixes it is not. */
function sameDims(dims: readonly number[], shape: readonly Dimension[]): boolean {
  // Triton writes a scalar as [1].
  if (dims.length === 1 && dims[0] === 1 && shape.length === 0) return true;
  if (dims.length !== shape.length) return false;
  return shape.every((dim, index) => isFree(dim) || dim === dims[index]);
}

function checkImage(config: ModelConfig, signature: Signature): void {
  const { image } = config;
  const first = signature.inputs[0];
  if (image === null || first?.shape == null) return;
  const picture =
    image.layout === 'HWC'
      ? [image.height, image.width, image.channels]
      : [image.channels, image.height, image.width];
  const { shape } = first;
  const frame = shape.slice(shape.length === picture.length + 1 ? 1 : 0);
  const fit = frame.length === picture.length && sameDims(picture, frame);
  if (fit) return;
  reject(
    'shoal.image',
    `the input '${first.name}' has ${shapeText(first)}, got ${image.layout} of ` +
      `[${picture.join(',')}]`,
  );
}

function checkDefaultAnswer({ defaultAnswer }: ModelConfig, signature: Signature): void {
  if (defaultAnswer === null) return;
  try {
    defaultAnswerOf(defaultAnswer, signature);
  } catch (error) {
    if (!(error instanceof ShoalError)) throw error;
    reject('shoal.default_answer', error.message);
  }
}

/** What the probe found out about putting rows of different callers into one run. */
export interface MeasuredBatching {
  readonly canBatch: boolean;
  /** Microseconds of one row alone and per row in a batch; 0 where that is not known. */
  readonly rowUs: { readonly alone: number; readonly batched: number };
}

/** What a run of its own costs a request beside the model, in microseconds: frames and wake-ups. */
const ownRunUs = 100;
/** Rows together have to be so much cheaper than each alone, because they wait for each other. */
const worthwhileGain = 1.05;

/** How requests for a version may be put together, from its file, its configuration and the try. */
export function batchingOf(
  config: ModelConfig,
  ofFile: Signature,
  measured: MeasuredBatching,
  defaultMaxRows: number,
): Batching {
  const configured = (config.maxBatchSize ?? 0) > 0;
  const padTo = paddedRows(config, ofFile);
  const maxRows = padTo ?? (configured ? (config.maxBatchSize ?? 0) : defaultMaxRows);
  const asked = configured || padTo !== null || asksForCompany(config);
  return {
    allowed: batchingAllowed(config, servedSignature(config, ofFile), measured),
    maxRows,
    gatherRows: asked || gains(measured.rowUs) ? maxRows : 1,
    ...(padTo === null ? overheadOf(measured) : { padTo }),
    configured,
    maxDelayUs: config.maxQueueDelayUs,
  };
}

function overheadOf({ canBatch, rowUs }: MeasuredBatching): Pick<Batching, 'overheadRows'> {
  return canBatch && rowUs.alone > 0 ? { overheadRows: overheadRows(rowUs) } : {};
}

function asksForCompany({ batching, maxQueueDelayUs }: ModelConfig): boolean {
  return batching === 'allow' || maxQueueDelayUs > 0;
}

/** Large models often take as long for eight rows as for eight times one; small ones do not. */
function gains({ alone, batched }: MeasuredBatching['rowUs']): boolean {
  return alone + ownRunUs >= batched * worthwhileGain;
}

function batchingAllowed(
  config: ModelConfig,
  signature: Signature,
  measured: MeasuredBatching,
): boolean {
  if (config.maxBatchSize === 0 || config.batching === 'refuse') return false;
  if (config.batching === 'allow') return freeFirst(signature);
  return measured.canBatch;
}
