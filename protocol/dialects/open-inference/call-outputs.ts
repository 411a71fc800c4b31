import { ShoalError } from '../../../core/errors';
import { isJsonArray, isJsonObject, shown, type JsonValue } from '../../exact-json/json-value';

interface WantedOutputs {
  readonly names: readonly string[];
  /** For each name: in binary. */
  readonly binary: readonly boolean[];
}

const all: WantedOutputs = { names: [], binary: [] };

/** Reads `outputs`. Throws invalid_request, naming the output and the field. */
export function readOutputs(value: JsonValue | undefined): WantedOutputs {
  if (value === undefined) return all;
  if (!isJsonArray(value)) {
    throw new ShoalError('invalid_request', `'outputs' must be an array, got ${shown(value)}`);
  }
  const names: string[] = [];
  const binary: boolean[] = [];
  for (const [at, item] of value.entries()) {
    const name = isJsonObject(item) ? item['name'] : undefined;
    if (!isJsonObject(item) || typeof name !== 'string') {
      throw new ShoalError(
        'invalid_request',
        `Unable to parse 'name': outputs[${at}] must be an object with one, got ${shown(item)}`,
      );
    }
    if (names.includes(name)) {
      throw new ShoalError('invalid_request', `output '${name}' already exists in request`);
    }
    names.push(name);
    binary.push(wantsBinary(name, item['parameters']));
  }
  return { names, binary };
}

const notOffered = ['classification', 'shared_memory_region'];

function wantsBinary(name: string, parameters: JsonValue | undefined): boolean {
  if (parameters === undefined) return false;
  if (!isJsonObject(parameters)) {
    throw new ShoalError('invalid_request', `output '${name}': 'parameters' must be an object`);
  }
  for (const key of notOffered) {
    if (parameters[key] === undefined) continue;
    throw new ShoalError('invalid_request', `output '${name}': '${key}' is not offered`);
  }
  const binary = parameters['binary_data'];
  if (binary === undefined) return false;
  if (typeof binary === 'boolean') return binary;
  throw new ShoalError(
    'invalid_request',
    `Unable to parse 'binary_data': output '${name}' must have true or false there, ` +
      `got ${shown(binary)}`,
  );
}
