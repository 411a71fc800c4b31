import { isUtf8 } from 'node:buffer';
import { ShoalError } from '../../core/errors';
import type { Tensor } from '../../protocol/tensor';

/**
 * The elements of a BYTES tensor as texts. The runtime takes only UTF-8 and cuts a text at its
 * first NUL: both are refused with the element's number instead of being altered silently.
 */
export function decodeStrings(tensor: Tensor, count: number): string[] {
  const bytes = Buffer.from(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
  const texts: string[] = [];
  let at = 0;
  while (at + 4 <= bytes.byteLength && texts.length < count) {
    const from = at + 4;
    const end = from + bytes.readUInt32LE(at);
    if (end > bytes.byteLength) break;
    texts.push(checkedText(tensor.name, texts.length, bytes.subarray(from, end)));
    at = end;
  }
  if (texts.length !== count || at !== bytes.byteLength) {
    throw new ShoalError(
      'malformed_body',
      `Input '${tensor.name}' has ${bytes.byteLength} bytes that do not hold ${count} texts.`,
    );
  }
  return texts;
}

function checkedText(input: string, index: number, bytes: Buffer): string {
  const text = bytes.toString('utf8');
  if (text.includes('\0')) throw unsupported(input, index, 'has a NUL character in it');
  if (text.includes('\ufffd') && !isUtf8(bytes)) throw unsupported(input, index, 'is not UTF-8');
  return text;
}

function unsupported(input: string, index: number, fault: string): ShoalError {
  return new ShoalError(
    'unsupported_value',
    `Element ${index} of input '${input}' ${fault}; the runtime takes UTF-8 text without NUL.`,
  );
}
