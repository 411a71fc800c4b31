import { ShoalError } from '../../../core/errors';
import { regionPart } from '../../control/region-parameters';
import type { RegionPart } from '../../control/shared-memory';
import {
  isJsonArray,
  isJsonObject,
  numberOf,
  shown,
  type JsonObject,
  type JsonValue,
} from '../../exact-json/json-value';

interface WantedOutputs {
  readonly names: readonly string[];
  /** For each name: in binary. */
  readonly binary: readonly boolean[];
  /** How many classes of those that are wanted as classes; undefined where none is. */
  readonly classes: ReadonlyMap<string, number> | undefined;
  /** For each name: where in shared memory it is to be written; empty where none is. */
  readonly parts: readonly (RegionPart | undefined)[];
}

const all: WantedOutputs = { names: [], binary: [], classes: undefined, parts: [] };

/** Reads `outputs`. Throws invalid_request, naming the output and the field. */
export function readOutputs(value: JsonValue | undefined): WantedOutputs {
  if (value === undefined) return all;
  if (!isJsonArray(value)) {
    throw new ShoalError('invalid_request', `'outputs' must be an array, got ${shown(value)}`);
  }
  // A set, so that many names do not take a time that grows with their square.
  const names = new Set<string>();
  const binary: boolean[] = [];
  const classes = new Map<string, number>();
  const parts: (RegionPart | undefined)[] = [];
  for (const [at, item] of value.entries()) {
    const name = nameOf(item, at);
    if (names.has(name)) {
      throw new ShoalError('invalid_request', `output '${name}' already exists in request`);
    }
    const parameters = parametersOf(name, item);
    names.add(name);
    binary.push(wantsBinary(name, parameters['binary_data']));
    const count = classCount(name, parameters['classification']);
    if (count > 0) classes.set(name, count);
    parts.push(regionPart(`output '${name}'`, (parameter) => parameters[parameter]));
  }
  return {
    names: [...names],
    binary,
    classes: classes.size === 0 ? undefined : classes,
    parts: parts.every((part) => part === undefined) ? [] : parts,
  };
}

function nameOf(item: JsonValue, at: number): string {
  const name = isJsonObject(item) ? item['name'] : undefined;
  if (typeof name === 'string') return name;
  throw new ShoalError(
    'invalid_request',
    `Unable to parse 'name': outputs[${at}] must be an object with one, got ${shown(item)}`,
  );
}

const noParameters: JsonObject = {};

function parametersOf(name: string, item: JsonValue): JsonObject {
  const parameters = isJsonObject(item) ? item['parameters'] : undefined;
  if (parameters === undefined) return noParameters;
  if (!isJsonObject(parameters)) {
    throw new ShoalError('invalid_request', `output '${name}': 'parameters' must be an object`);
  }
  return parameters;
}

function wantsBinary(name: string, binary: JsonValue | undefined): boolean {
  if (binary === undefined) return false;
  if (typeof binary === 'boolean') return binary;
  throw new ShoalError(
    'invalid_request',
    `Unable to parse 'binary_data': output '${name}' must have true or false there, ` +
      `got ${shown(binary)}`,
  );
}

/** 0 asks for the output as it is, as Triton has it. */
function classCount(name: string, value: JsonValue | undefined): number {
  if (value === undefined) return 0;
  const count = numberOf(value);
  if (count !== undefined && Number.isInteger(count) && count >= 0) return count;
  throw new ShoalError(
    'invalid_request',
    `Unable to set 'classification': output '${name}' must have a whole number from 0 there, ` +
      `got ${shown(value)}`,
  );
}
