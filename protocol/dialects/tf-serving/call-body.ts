import { ShoalError } from '../../../core/errors';
import { isJsonObject, shown, type JsonObject, type JsonValue } from '../../exact-json/json-value';
import { jsonText } from '../../exact-json/read-json';
import { jsonFor } from '../../content/json-lines';
import type { Servable } from '../../catalog';

/** The body of a call: as it came, or what has been taken out of an event. */
export type CallBody = Uint8Array | JsonObject;

/**
 * The body as an object, its numbers as exact as the model's inputs need them. Throws
 * malformed_body, and invalid_request where it is something else.
 */
export function objectOf(body: CallBody, servable: Servable): JsonObject {
  if (!(body instanceof Uint8Array)) return body;
  const text = jsonText(body);
  if (text.trim() === '') throw wrong('No JSON in the body: wanted an object.');
  const value = jsonFor(servable.signature, text);
  if (isJsonObject(value)) return value;
  throw wrong(`The body: wanted an object, got ${shown(value)}.`);
}

/** Each model has one signature, by the name that TensorFlow gives to the only one. */
export const signatureName = 'serving_default';

/** Throws invalid_request where a call names another signature than the model's. */
export function checkSignatureName(name: JsonValue | undefined, { model }: Servable): void {
  if (name === undefined || name === '' || name === signatureName) return;
  throw wrong(
    `signature_name: wanted '${signatureName}' or none, the only signature of model '${model}'; ` +
      `got ${shown(name)}.`,
  );
}

export function wrong(message: string): ShoalError {
  return new ShoalError('invalid_request', message);
}
