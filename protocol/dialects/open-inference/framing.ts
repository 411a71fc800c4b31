import { ShoalError } from '../../../core/errors';
import { normalData, type Tensor } from '../../tensor';
import type { InferCall } from './infer-call';

/** The header that says how many bytes of the (unpacked) body are JSON. */
export const jsonLengthHeader = 'inference-header-content-length';

const largest = 2 ** 31 - 1;

/** Bytes of JSON at the beginning of the body; 0 is a raw request. Throws invalid_request. */
export function jsonLength(header: string | undefined, bodyBytes: number): number {
  if (header === undefined) return bodyBytes;
  const length = /^-?\d{1,10}$/.test(header) ? Number(header) : NaN;
  if (!(Math.abs(length) <= largest)) {
    throw new ShoalError(
      'invalid_request',
      `Unable to parse Inference-Header-Content-Length, got: ${header}`,
    );
  }
  if (length >= 0 && length <= bodyBytes) return length;
  throw new ShoalError(
    'invalid_request',
    `inference header size should be in range (0, ${bodyBytes}), got: ${header}`,
  );
}

/**
 * The call's inputs with the data that follows the JSON from `at` on, as views into the body;
 * that data fits its tensor is checked later, for all dialects. `model` is for messages.
 * Throws invalid_request where there is more or less data than announced.
 */
export function inputsWithBlobs(
  call: InferCall,
  body: Buffer,
  at: number,
  model: string,
): readonly Tensor[] {
  if (call.blobs.length === 0 && at === body.length) return call.inputs;
  const inputs = [...call.inputs];
  for (const { input, bytes } of call.blobs) {
    const tensor = inputs[input];
    if (tensor === undefined) throw new RangeError(`no input ${input}`);
    const left = body.length - at;
    if (bytes > left) throw tooShort(tensor.name, bytes - left, model);
    const data = normalData(tensor.datatype, body.subarray(at, at + bytes));
    const { name, datatype, shape } = tensor;
    inputs[input] = { name, datatype, shape, data };
    at += bytes;
  }
  if (at === body.length) return inputs;
  throw new ShoalError(
    'invalid_request',
    `unexpected additional input data for model '${model}': ${body.length - at} bytes too many`,
  );
}

function tooShort(name: string, missing: number, model: string): ShoalError {
  return new ShoalError(
    'invalid_request',
    `unexpected size for input '${name}', expecting ${missing} additional bytes for model ` +
      `'${model}'`,
  );
}
