import { isDatatype } from '../../datatype';
import { isJsonArray, isJsonObject, type JsonObject } from '../../exact-json/json-value';
import { losesIntegers } from '../../exact-json/read-json';
import { isIntegerDatatype } from '../../tensor-json/integer-ranges';

/**
 * True where JSON.parse may have lost something that the call depends on: data of an integer
 * tensor, a dimension, a 64-bit parameter. `value` is what it made of `text`.
 */
export function needsExactReading(value: JsonObject, text: string): boolean {
  const inputs = value['inputs'];
  if (!isJsonArray(inputs)) return false;
  if (!shapesArePlain(text, inputs.length)) return true;
  for (const input of inputs) {
    if (!isJsonObject(input) || input['data'] === undefined) continue;
    const datatype = input['datatype'];
    if (isDatatype(datatype) && isIntegerDatatype(datatype)) return losesIntegers(text);
  }
  return parametersLose(value);
}

const shapeKey = '"shape"';
const escape = '\\u';
const dot = 0x2e;
const exponents = [0x65, 0x45];

/**
 * True if every shape's dimensions are written without a fraction and exponent. Where characters
 * are escaped, keys may be, too, and nothing can be said.
 */
function shapesArePlain(text: string, wanted: number): boolean {
  if (text.includes(escape)) return false;
  let found = 0;
  for (let at = text.indexOf(shapeKey); at >= 0; at = text.indexOf(shapeKey, at)) {
    const end = text.indexOf(']', at);
    for (at += shapeKey.length; at < end; at++) {
      const code = text.charCodeAt(at);
      if (code === dot || exponents.includes(code)) return false;
    }
    found++;
  }
  return found >= wanted;
}

function parametersLose(value: JsonObject): boolean {
  const parameters = value['parameters'];
  if (!isJsonObject(parameters)) return false;
  return Object.values(parameters).some(
    (parameter) =>
      typeof parameter === 'number' &&
      Number.isInteger(parameter) &&
      !Number.isSafeInteger(parameter),
  );
}
