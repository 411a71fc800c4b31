import { ShoalError } from '../../../core/errors';
import { datatypes, isDatatype, type Datatype } from '../../datatype';
import {
  isJsonArray,
  isJsonObject,
  numberOf,
  shown,
  type JsonObject,
  type JsonValue,
} from '../../exact-json/json-value';
import type { Tensor } from '../../tensor';
import { checkedCount, tensorFromJson } from '../../tensor-json/tensor-from-json';
import { regionParameter, regionPart } from '../../control/region-parameters';
import type { InputPart } from '../../control/shared-memory';
import type { BlobPlace } from './infer-call';

const nothing = new Uint8Array(0);

/** Reads `inputs`. Throws invalid_request, naming the input and the field. */
export function readInputs(value: JsonValue | undefined): {
  tensors: Tensor[];
  blobs: BlobPlace[];
  parts: InputPart[];
} {
  if (!isJsonArray(value)) {
    throw new ShoalError('invalid_request', `'inputs' must be an array, got ${shown(value)}`);
  }
  const tensors: Tensor[] = [];
  const names = new Set<string>();
  const blobs: BlobPlace[] = [];
  const parts: InputPart[] = [];
  for (const [input, item] of value.entries()) {
    const fields = objectIn(item, input);
    const name = nameOf(fields, names, input);
    const parameters = parametersOf(fields['parameters'], name);
    const data = fields['data'];
    checkOneSource(name, data, parameters);
    const bytes = binaryDataSize(parameters, name);
    if (bytes >= 0) blobs.push({ input, bytes });
    const part = regionPart(`input '${name}'`, (parameter) => parameters[parameter]);
    if (part !== undefined) parts.push({ input, ...part });
    tensors.push(tensorOf(name, fields, data));
  }
  return { tensors, blobs, parts };
}

function objectIn(item: JsonValue, at: number): JsonObject {
  if (isJsonObject(item)) return item;
  throw new ShoalError('invalid_request', `inputs[${at}] must be an object, got ${shown(item)}`);
}

function nameOf(fields: JsonObject, before: Set<string>, at: number): string {
  const name = fields['name'];
  if (typeof name !== 'string') {
    throw new ShoalError(
      'invalid_request',
      `Unable to parse 'name': inputs[${at}] must have one that is a string, got ${shown(name)}`,
    );
  }
  if (before.has(name)) {
    throw new ShoalError('invalid_request', `input '${name}' already exists in request`);
  }
  before.add(name);
  return name;
}

/** A tensor with its data, or without where that follows in binary. */
function tensorOf(name: string, fields: JsonObject, data: JsonValue | undefined): Tensor {
  const datatype = datatypeOf(name, fields['datatype']);
  const shape = shapeOf(name, fields['shape']);
  if (data === undefined) {
    checkedCount(name, shape);
    return { name, datatype, shape, data: nothing };
  }
  if (isJsonArray(data)) return tensorFromJson(name, datatype, shape, data);
  throw new ShoalError(
    'invalid_request',
    `Unable to parse 'data': input '${name}' must have an array there, got ${shown(data)}`,
  );
}

function datatypeOf(name: string, datatype: JsonValue | undefined): Datatype {
  if (isDatatype(datatype)) return datatype;
  throw new ShoalError(
    'invalid_request',
    `invalid datatype for input ${name}: wanted one of ${datatypes.join(', ')}, ` +
      `got ${shown(datatype)}`,
  );
}

function shapeOf(name: string, value: JsonValue | undefined): number[] {
  if (isJsonArray(value)) {
    const shape = value.filter(
      (dim) => typeof dim === 'number' && Number.isInteger(dim) && dim >= 0,
    );
    if (shape.length === value.length) return shape as number[];
  }
  throw new ShoalError(
    'invalid_request',
    `Unable to parse 'shape': input '${name}' must have an array of whole numbers from 0 there, ` +
      `got ${shown(value)}`,
  );
}

const noParameters: JsonObject = {};

function parametersOf(parameters: JsonValue | undefined, name: string): JsonObject {
  if (parameters === undefined) return noParameters;
  if (isJsonObject(parameters)) return parameters;
  throw new ShoalError('invalid_request', `input '${name}': 'parameters' must be an object`);
}

/** Size of the input's data behind the JSON, -1 where it does not lie there. */
function binaryDataSize(parameters: JsonObject, name: string): number {
  const size = parameters['binary_data_size'];
  if (size === undefined) return -1;
  const bytes = numberOf(size);
  if (bytes !== undefined && Number.isInteger(bytes) && bytes >= 0) return bytes;
  throw new ShoalError(
    'invalid_request',
    `Unable to parse 'binary_data_size': input '${name}' must have a whole number of bytes ` +
      `there, got ${shown(size)}`,
  );
}

function checkOneSource(name: string, data: JsonValue | undefined, parameters: JsonObject): void {
  const set: string[] = [];
  if (data !== undefined) set.push("'data'");
  if (parameters['binary_data_size'] !== undefined) set.push("'binary_data_size'");
  if (parameters[regionParameter] !== undefined) set.push(`'${regionParameter}'`);
  if (set.length === 1) return;
  throw new ShoalError(
    'invalid_request',
    "Input must set only one of the following fields: 'data', 'binary_data_size' in " +
      `'parameters', '${regionParameter}' in 'parameters'. But ` +
      `${set.length === 0 ? 'no field is set' : `set ${set.join(' ')}`} for input '${name}'`,
  );
}
