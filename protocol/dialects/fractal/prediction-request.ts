import { ShoalError } from '../../../core/errors';
import type { Servable } from '../../catalog';
import { jsonFor } from '../../content/json-lines';
import { shapeOfValues } from '../../content/values-shape';
import {
  isJsonArray,
  isJsonObject,
  shown,
  type JsonObject,
  type JsonValue,
} from '../../exact-json/json-value';
import { jsonText } from '../../exact-json/read-json';
import type { InferRequest } from '../../infer';
import type { Signature, TensorSpec } from '../../signature';
import type { Tensor } from '../../tensor';
import { tensorFromJson } from '../../tensor-json/tensor-from-json';

/** What a prediction's body says, before it is bound to a model and version. */
export type Prediction = Pick<InferRequest, 'inputs' | 'outputs' | 'id'>;

const fields = ['values', 'inputs', 'outputs', 'id'] as const;

/**
 * Reads `{"values": [...]}` or `{"inputs": {name: tensor}}`, with `outputs` and `id` beside them.
 * Throws malformed_body where it is no JSON, and invalid_request naming the field, what was wanted
 * and what came.
 */
export function predictionFromJson(body: Uint8Array, servable: Servable): Prediction {
  return predictionFrom(parsed(jsonText(body), servable.signature), servable);
}

/** The same of JSON that has been read. */
export function predictionFrom(body: JsonValue, servable: Servable): Prediction {
  const given = objectOf(body, 'The body', '{"values": [...]} or {"inputs": {...}}');
  for (const name of Object.keys(given)) {
    if (!(fields as readonly string[]).includes(name)) {
      throw wrong(`Unknown field '${name}'; a prediction has ${fields.join(', ')}.`);
    }
  }
  const { signature } = servable;
  return {
    inputs: inputsOf(given, servable),
    outputs: outputsOf(given['outputs'], signature),
    id: idOf(given['id']),
  };
}

function parsed(text: string, signature: Signature): JsonValue {
  if (text.trim() === '') throw wrong('No JSON in the body: wanted {"values": [...]}.');
  return jsonFor(signature, text);
}

function inputsOf(given: JsonObject, servable: Servable): Tensor[] {
  const byName = given['inputs'];
  if (byName !== undefined && given['values'] !== undefined) {
    throw wrong(`Give either 'values' or 'inputs', not both.`);
  }
  if (byName !== undefined) return namedInputs(byName, servable);
  if (given['values'] === undefined) throw wrong(missingValues(servable));
  return [soleInput(given['values'], servable)];
}

function missingValues({ signature }: Servable): string {
  const wanted = signature.inputs.length === 1 ? `{"values": [...]}` : `{"inputs": {...}}`;
  return `No values in the body: wanted ${wanted}.`;
}

function soleInput(values: JsonValue, { model, signature }: Servable): Tensor {
  const [spec, ...more] = signature.inputs;
  if (spec === undefined || more.length > 0) {
    const names = signature.inputs.map((input) => `'${input.name}'`).join(', ');
    throw wrong(
      `Model '${model}' has ${signature.inputs.length} inputs (${names || 'none'}): give them by name, {"inputs": {name: [...]}}, instead of 'values'.`,
    );
  }
  if (!isJsonArray(values)) throw wrong(`values: wanted a list, got ${shown(values)}.`);
  return tensorOf('values', spec, values);
}

function namedInputs(byName: JsonValue, { model, signature }: Servable): Tensor[] {
  const given = objectOf(byName, 'inputs', 'an object with a tensor for each input name');
  const known = signature.inputs.map((spec) => spec.name);
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw wrong(
      `inputs: model '${model}' has no input '${unknown}'; it has ${known.join(', ') || 'none'}.`,
    );
  }
  return signature.inputs.map((spec) => {
    const value = Object.hasOwn(given, spec.name) ? given[spec.name] : undefined;
    if (value === undefined) {
      throw wrong(`inputs: '${spec.name}' is missing; model '${model}' needs ${known.join(', ')}.`);
    }
    return namedInput(`inputs.${spec.name}`, spec, value);
  });
}

function namedInput(field: string, spec: TensorSpec, value: JsonValue): Tensor {
  if (!isJsonObject(value)) return tensorOf(field, spec, value);
  const { data, shape, ...extra } = value;
  if (!isJsonArray(data) || !isDimensions(shape) || Object.keys(extra).length > 0) {
    const names = Object.keys(value).join(', ');
    throw wrong(
      `${field}: wanted a list or {"data": [...], "shape": [...]} with whole numbers in the shape, got an object with ${names || 'nothing'}.`,
    );
  }
  return tensorFromJson(spec.name, datatypeOf(field, spec), shape, data);
}

function isDimensions(shape: JsonValue | undefined): shape is readonly number[] {
  return isJsonArray(shape) && shape.every((dim) => typeof dim === 'number');
}

function tensorOf(field: string, spec: TensorSpec, values: JsonValue): Tensor {
  const datatype = datatypeOf(field, spec);
  const shape = shapeOfValues(field, spec, values);
  return tensorFromJson(spec.name, datatype, shape, values);
}

function datatypeOf(field: string, spec: TensorSpec): NonNullable<TensorSpec['datatype']> {
  if (spec.datatype !== null) return spec.datatype;
  throw wrong(`${field}: input '${spec.name}' is ${spec.valueType}, which no request can carry.`);
}

function outputsOf(value: JsonValue | undefined, signature: Signature): string[] {
  if (value === undefined) return [];
  const known = signature.outputs.map((spec) => spec.name);
  if (!isJsonArray(value)) {
    throw wrong(`outputs: wanted a list of output names, got ${shown(value)}.`);
  }
  return value.map((name) => {
    if (typeof name !== 'string' || !known.includes(name)) {
      throw wrong(`outputs: there is no output ${shown(name)}; there are ${known.join(', ')}.`);
    }
    return name;
  });
}

function idOf(value: JsonValue | undefined): string {
  if (value === undefined) return '';
  if (typeof value !== 'string') throw wrong(`id: wanted a string, got ${shown(value)}.`);
  return value;
}

function objectOf(value: JsonValue, what: string, wanted: string): JsonObject {
  if (isJsonObject(value)) return value;
  throw wrong(`${what}: wanted ${wanted}, got ${shown(value)}.`);
}

function wrong(message: string): ShoalError {
  return new ShoalError('invalid_request', message);
}
