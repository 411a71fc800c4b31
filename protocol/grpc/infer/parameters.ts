import { DecimalNumber, type JsonValue } from '../../exact-json/json-value';
import type { WireReader } from '../wire/wire-reader';

/** Parameters as the JSON dialect has them, so that both mean the same by them. */
export type ReadParameters = Record<string, JsonValue>;

/** Adds the entry of a `map<string, InferParameter>` that the reader stands at. Of equal keys the last counts. */
export function readParameterEntry(reader: WireReader, parameters: ReadParameters): void {
  const entry = reader.message(reader.what);
  let key = '';
  let value: JsonValue = null;
  while (entry.next()) {
    if (entry.field === 1) key = entry.text();
    else if (entry.field === 2) value = parameterOf(entry.message(reader.what));
    else entry.skip();
  }
  parameters[key] = value;
}

/** An empty map, also for names that all objects have. */
export function noParameters(): ReadParameters {
  return Object.create(null) as ReadParameters;
}

function parameterOf(reader: WireReader): JsonValue {
  let value: JsonValue = null;
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        value = reader.bool();
        break;
      case 2:
        value = plain(BigInt.asIntN(64, reader.integer()));
        break;
      case 3:
        value = reader.text();
        break;
      case 4:
        value = decimal(reader.double());
        break;
      case 5:
        value = plain(reader.integer());
        break;
      default:
        reader.skip();
    }
  }
  return value;
}

function plain(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** A double is none of the whole numbers that some parameters must be, whatever its value. */
function decimal(value: number): number | DecimalNumber {
  return Number.isInteger(value) ? new DecimalNumber(value) : value;
}
