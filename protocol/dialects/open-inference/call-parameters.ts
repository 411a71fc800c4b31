import { ShoalError } from '../../../core/errors';
import {
  DecimalNumber,
  isJsonObject,
  numberOf,
  shown,
  type JsonValue,
} from '../../exact-json/json-value';
import type { Parameter } from '../../infer';
import { checkSequence } from '../../sequence-parameters';
import { bigRanges } from '../../tensor-json/integer-ranges';

/** A call's parameters: those that this server acts on, and all others. */
interface CallParameters {
  readonly timeoutUs: number;
  readonly priority: number;
  readonly binaryDataOutput: boolean;
  readonly others: ReadonlyMap<string, Parameter>;
}

const none: CallParameters = {
  timeoutUs: 0,
  priority: 0,
  binaryDataOutput: false,
  others: new Map(),
};

/** Reads `parameters` of the whole request. Throws invalid_request, naming the parameter. */
export function readParameters(value: JsonValue | undefined): CallParameters {
  if (value === undefined) return none;
  if (!isJsonObject(value)) {
    throw new ShoalError('invalid_request', `'parameters' must be an object, got ${shown(value)}`);
  }
  const others = new Map<string, Parameter>();
  for (const name of Object.keys(value)) {
    if (!own.has(name)) others.set(name, parameterOf(name, value[name]));
  }
  checkSequence(others);
  return {
    timeoutUs: wholeNumber('timeout', value['timeout']),
    priority: wholeNumber('priority', value['priority']),
    binaryDataOutput: flag('binary_data_output', value['binary_data_output']),
    others,
  };
}

const own = new Set(['timeout', 'priority', 'binary_data_output']);

function wholeNumber(name: string, value: JsonValue | undefined): number {
  if (value === undefined) return 0;
  const number = numberOf(value);
  if (number !== undefined && Number.isInteger(number) && number >= 0) return number;
  throw new ShoalError(
    'invalid_request',
    `parameter '${name}' must be a whole number from 0, got ${shown(value)}`,
  );
}

function flag(name: string, value: JsonValue | undefined): boolean {
  if (value === undefined) return false;
  if (typeof value === 'boolean') return value;
  throw new ShoalError(
    'invalid_request',
    `Unable to parse '${name}': it must be true or false, got ${shown(value)}`,
  );
}

function parameterOf(name: string, value: JsonValue | undefined): Parameter {
  if (name.startsWith('triton_')) {
    throw new ShoalError(
      'invalid_request',
      "parameter keys starting with 'triton_' are reserved for Triton usage and should not be " +
        `specified: '${name}'`,
    );
  }
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (
    typeof value === 'bigint' &&
    value >= bigRanges.INT64.least &&
    value <= bigRanges.UINT64.most
  ) {
    return value;
  }
  if (value instanceof DecimalNumber) return value.value;
  throw new ShoalError(
    'invalid_request',
    `parameter '${name}' has invalid type. It should be either 'int', 'double', 'bool', or ` +
      `'string', got ${shown(value)}`,
  );
}
