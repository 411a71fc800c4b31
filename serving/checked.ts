import { ShoalError } from '../core/errors';
import type { Servable } from '../protocol/catalog';
import { bytesPerElement } from '../protocol/datatype';
import type { Infer, ResolvedRequest } from '../protocol/infer';
import type { Dimension, TensorSpec } from '../protocol/signature';
import { byteSize, elementCount, type Tensor } from '../protocol/tensor';
import { checkStrings } from './check-strings';

/**
 * Checks a request against the model's signature before anything is queued: names, datatypes,
 * shapes, sizes, rows. What the runtime says after this is about the data, not about the form.
 * Message texts contain the phrases that Triton's clients look for.
 */
export function checked(next: Infer<ResolvedRequest>): Infer<ResolvedRequest> {
  return function check(request, context) {
    const { servable } = request;
    const inputs = checkInputs(request.inputs, servable);
    checkOutputs(request.outputs, servable);
    return next(inputs === request.inputs ? request : { ...request, inputs }, context);
  };
}

function checkInputs(given: readonly Tensor[], servable: Servable): readonly Tensor[] {
  const { inputs: specs } = servable.signature;
  const exact =
    given.length === specs.length && given.every((tensor, at) => tensor.name === specs[at]?.name);
  const ordered = exact ? given : inOrder(given, servable);
  let inputs = ordered;
  for (let at = 0; at < specs.length; at += 1) {
    const before = ordered[at] as Tensor;
    const after = checkTensor(before, specs[at] as TensorSpec, servable.model);
    if (after !== before) {
      if (inputs === ordered) inputs = [...ordered];
      (inputs as Tensor[])[at] = after;
    }
  }
  if (servable.batching.allowed) checkRows(inputs, servable);
  return inputs;
}

/** The inputs in the model's order; refuses unknown, doubled and missing names. */
function inOrder(given: readonly Tensor[], servable: Servable): Tensor[] {
  const { model, signature } = servable;
  const byName = new Map<string, Tensor>();
  for (const tensor of given) {
    if (byName.has(tensor.name)) {
      throw invalid(`input '${tensor.name}' already exists in request for model '${model}'`);
    }
    byName.set(tensor.name, tensor);
    if (!signature.inputs.some((spec) => spec.name === tensor.name)) {
      const known = signature.inputs.map((spec) => `'${spec.name}'`).join(', ');
      throw invalid(
        `unexpected inference input '${tensor.name}' for model '${model}'; its inputs are ${known}`,
      );
    }
  }
  const missing = signature.inputs.filter((spec) => !byName.has(spec.name));
  if (missing.length > 0) {
    const names = (list: readonly { name: string }[]): string =>
      `[${list.map((item) => `'${item.name}'`).join(', ')}]`;
    throw invalid(
      `expected ${signature.inputs.length} inputs but got ${given.length} inputs for model ` +
        `'${model}'. Got input(s) ${names(given)}, but missing required input(s) ${names(missing)}.`,
    );
  }
  return signature.inputs.map((spec) => byName.get(spec.name) as Tensor);
}

function checkTensor(tensor: Tensor, spec: TensorSpec, model: string): Tensor {
  if (tensor.datatype !== spec.datatype) {
    throw invalid(
      `inference input '${tensor.name}' data-type is '${tensor.datatype}', but model '${model}' ` +
        `expects '${spec.datatype ?? spec.valueType}'`,
    );
  }
  const fitted = fitShape(tensor, spec.shape);
  if (fitted === undefined) throw unexpectedShape(tensor, spec, model);
  checkSize(fitted, model);
  return fitted;
}

/**
 * The tensor with a shape that the model takes, or undefined. [rows, 1] is taken for [rows]:
 * that is how Triton's configurations describe a model's one-dimensional tensors.
 */
function fitShape(tensor: Tensor, wanted: readonly Dimension[] | null): Tensor | undefined {
  if (wanted === null || fitsShape(tensor.shape, wanted)) return tensor;
  const { shape } = tensor;
  const folded = shape.slice(0, 1);
  return wanted.length === 1 && shape.length === 2 && shape[1] === 1 && fitsShape(folded, wanted)
    ? { ...tensor, shape: folded }
    : undefined;
}

function fitsShape(shape: readonly number[], wanted: readonly Dimension[]): boolean {
  if (shape.length !== wanted.length) return false;
  for (let at = 0; at < shape.length; at += 1) {
    const dim = wanted[at];
    if (typeof dim === 'number' && dim !== shape[at]) return false;
  }
  return true;
}

function unexpectedShape(tensor: Tensor, spec: TensorSpec, model: string): ShoalError {
  const wanted = (spec.shape ?? []).map((dim) => (typeof dim === 'number' ? dim : -1)).join(',');
  return invalid(
    `unexpected shape for input '${tensor.name}' for model '${model}'. ` +
      `Expected [${wanted}], got [${tensor.shape.join(',')}].`,
  );
}

function checkSize(tensor: Tensor, model: string): void {
  const elements = elementCount(tensor.shape);
  if (Number.isNaN(elements)) {
    throw invalid(
      `shape [${tensor.shape.join(',')}] of input '${tensor.name}' for model '${model}' ` +
        `is not a list of sizes whose product is below 2^31`,
    );
  }
  if (tensor.datatype === 'BYTES') {
    checkStrings(tensor, elements);
    return;
  }
  const expected = elements * bytesPerElement(tensor.datatype);
  const bytes = byteSize(tensor);
  if (bytes !== expected) {
    throw invalid(
      `input byte size mismatch for input '${tensor.name}' for model '${model}'. ` +
        `Expected ${expected}, got ${bytes}`,
    );
  }
}

function checkRows(inputs: readonly Tensor[], servable: Servable): void {
  const rows = inputs[0]?.shape[0] ?? 0;
  const other = inputs.find((tensor) => tensor.shape[0] !== rows);
  if (other !== undefined) {
    throw invalid(
      `input '${other.name}' batch size does not match other inputs for '${servable.model}': ` +
        `it has ${other.shape[0] ?? 0} rows, '${inputs[0]?.name ?? ''}' has ${rows}`,
    );
  }
  checkRowCount(rows, servable);
}

function checkRowCount(rows: number, { model, batching }: Servable): void {
  const { configured, maxRows, padTo } = batching;
  if (padTo !== undefined && rows === 0) {
    throw invalid(`inference request batch-size must be >= 1 for '${model}', got 0`);
  }
  if (configured && rows > maxRows) {
    throw invalid(`inference request batch-size must be <= ${maxRows} for '${model}', got ${rows}`);
  }
}

function checkOutputs(wanted: readonly string[], servable: Servable): void {
  const { model, signature } = servable;
  for (const name of wanted) {
    const spec = signature.outputs.find((output) => output.name === name);
    if (spec === undefined) {
      const known = signature.outputs.map((output) => `'${output.name}'`).join(', ');
      throw invalid(
        `unexpected inference output '${name}' for model '${model}'; its outputs are ${known}`,
      );
    }
    if (spec.datatype === null) {
      throw new ShoalError(
        'unsupported_value',
        `output '${name}' of model '${model}' is a ${spec.valueType}, which cannot be returned; ` +
          `ask for the tensor outputs only`,
      );
    }
  }
}

function invalid(message: string): ShoalError {
  return new ShoalError('invalid_request', message);
}
