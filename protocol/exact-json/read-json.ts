import { isAscii, isUtf8 } from 'node:buffer';
import { ShoalError } from '../../core/errors';
import { maxDepth, readExactJson } from './exact-reader';
import { isJsonArray, isJsonObject, type JsonValue } from './json-value';

/**
 * Reads JSON by JSON.parse where that succeeds, else by the exact reader (which takes NaN and
 * Infinity and knows the position of a fault). Numbers may have lost what `losesIntegers` tells.
 * Throws malformed_body.
 */
export function readJson(text: string): JsonValue {
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch {
    return readExactJson(text);
  }
  return mayNestDeep(text) && !nestsWithin(value, maxDepth) ? readExactJson(text) : value;
}

/**
 * True where JSON.parse may have changed an integer of this text or hidden that it was written as
 * a decimal. False is certain, true is only possible: strings count too.
 */
export function losesIntegers(text: string): boolean {
  return /\d[.eE]|\d{16}/.test(text);
}

/** The text of a JSON body. Throws malformed_body where it is not UTF-8. */
export function jsonText(body: Uint8Array): string {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (isAscii(bytes)) return bytes.toString('latin1');
  if (isUtf8(bytes)) return bytes.toString('utf8');
  throw new ShoalError('malformed_body', 'The JSON must be UTF-8, this body is not.');
}

/** False where there are too few brackets to nest deep. */
function mayNestDeep(text: string): boolean {
  let brackets = 0;
  for (let at = text.indexOf('['); at >= 0; at = text.indexOf('[', at + 1)) {
    if (++brackets > maxDepth) return true;
  }
  for (let at = text.indexOf('{'); at >= 0; at = text.indexOf('{', at + 1)) {
    if (++brackets > maxDepth) return true;
  }
  return false;
}

function nestsWithin(value: JsonValue | undefined, levels: number): boolean {
  if (isJsonArray(value)) {
    if (levels === 0) return false;
    for (const item of value) {
      if (typeof item === 'object' && !nestsWithin(item, levels - 1)) return false;
    }
    return true;
  }
  if (!isJsonObject(value)) return true;
  return levels > 0 && Object.values(value).every((item) => nestsWithin(item, levels - 1));
}
