import { ShoalError } from '../core/errors';
import type { Tensor } from '../protocol/tensor';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Checks a BYTES tensor: exactly `elements` length-prefixed strings that fill the data, each
 * UTF-8 without NUL, because the runtime would cut or replace anything else in silence.
 */
export function checkStrings(tensor: Tensor, elements: number): void {
  const { data } = tensor;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let at = 0;
  for (let element = 0; element < elements; element += 1) {
    const end = at + 4 <= data.byteLength ? at + 4 + view.getUint32(at, true) : Infinity;
    if (end > data.byteLength) throw tooShort(tensor, element, elements);
    checkString(tensor, data.subarray(at + 4, end), element);
    at = end;
  }
  if (at !== data.byteLength) {
    throw invalid(
      `input '${tensor.name}' holds ${data.byteLength - at} bytes more than its ${elements} strings`,
    );
  }
}

function checkString(tensor: Tensor, bytes: Uint8Array, element: number): void {
  if (bytes.includes(0)) {
    throw invalid(
      `element ${element} of input '${tensor.name}' contains a NUL character, which the runtime ` +
        `cannot carry`,
    );
  }
  try {
    utf8.decode(bytes);
  } catch {
    throw invalid(
      `element ${element} of input '${tensor.name}' is not UTF-8, which the runtime cannot carry`,
    );
  }
}

function tooShort(tensor: Tensor, element: number, elements: number): ShoalError {
  return invalid(
    `input '${tensor.name}' ends inside string ${element} of ${elements}: each string is a ` +
      `little-endian 32-bit length and that many bytes`,
  );
}

function invalid(message: string): ShoalError {
  return new ShoalError('invalid_request', message);
}
