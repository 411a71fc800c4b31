import { isUtf8 } from 'node:buffer';
import { isJsonArray, isJsonObject, shown, type JsonValue } from '../../exact-json/json-value';
import type { Dimension, TensorSpec } from '../../signature';
import type { Tensor } from '../../tensor';
import { nestedShape } from '../../content/values-shape';
import { tensorFromJson } from '../../tensor-json/tensor-from-json';
import { wrong } from './call-body';

/**
 * A value, or lists of them nested like the tensor, as the tensor of an input. Throws
 * invalid_request naming `field` or the input.
 */
export function tensorOfValue(field: string, spec: TensorSpec, value: JsonValue): Tensor {
  const { name, datatype } = spec;
  if (datatype === null) {
    throw wrong(`${field}: input '${name}' is ${spec.valueType}, which no request can carry.`);
  }
  const shape = fittedShape(nestedShape(field, value), spec.shape);
  const values = datatype === 'BYTES' ? withTexts(field, value) : value;
  return tensorFromJson(name, datatype, shape, values);
}

/**
 * The shape that is meant by lists of this shape: as it is, but for a list of one element that
 * stands for a scalar, and for a flat list where each row of the input is one value.
 */
export function fittedShape(
  given: readonly number[],
  declared: readonly Dimension[] | null,
): readonly number[] {
  if (declared === null || given.length !== 1) return given;
  if (declared.length === 0 && given[0] === 1) return [];
  return declared.length === 2 && declared[1] === 1 ? [...given, 1] : given;
}

/** True for `{"b64": text}`, which stands for bytes wherever a value may stand. */
export function isEncoded(value: JsonValue | undefined): value is { readonly b64: string } {
  if (!isJsonObject(value) || typeof value['b64'] !== 'string') return false;
  return Object.keys(value).length === 1;
}

/** Texts in place of what is encoded. */
function withTexts(field: string, value: JsonValue): JsonValue {
  if (isJsonArray(value)) return value.map((item) => withTexts(field, item));
  return isEncoded(value) ? decodedText(field, value.b64) : value;
}

const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** The bytes that `b64` stands for. Throws invalid_request. */
export function encodedBytes(field: string, text: string): Buffer {
  if (!base64.test(text) || text.replace(/=+$/, '').length % 4 === 1) {
    throw wrong(`${field}: wanted base64 in "b64", got ${shown(text)}.`);
  }
  return Buffer.from(text, 'base64');
}

function decodedText(field: string, text: string): string {
  const bytes = encodedBytes(field, text);
  if (isUtf8(bytes)) return bytes.toString('utf8');
  throw wrong(`${field}: the bytes in "b64" are not UTF-8, which the runtime cannot carry.`);
}
