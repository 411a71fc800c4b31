import { ShoalError } from '../../../core/errors';
import { bytesElements } from '../../bytes-elements';
import type { InferResponse } from '../../infer';
import { elementCount, type Tensor } from '../../tensor';
import { splitRows } from '../../tensor-rows';
import { valuesToJson } from '../../tensor-json/tensor-to-json';

const form = { nonFinite: 'words', nested: true } as const;

/** An output as JSON, nested like its shape; bytes as base64 where its name says that it has them. */
export function outputText(tensor: Tensor): string {
  if (tensor.datatype !== 'BYTES' || !tensor.name.endsWith('_bytes')) {
    return valuesToJson(tensor, form);
  }
  const texts = bytesElements(tensor.name, tensor.data).map(
    (element) => `{"b64":"${element.toString('base64')}"}`,
  );
  if (elementCount(tensor.shape) === 0) return '[]';
  return nested(texts, tensor.shape);
}

function nested(texts: readonly string[], [size, ...inner]: readonly number[]): string {
  if (size === undefined) return texts[0] ?? '';
  const width = texts.length / size;
  const items = Array.from({ length: size }, (_, at) =>
    nested(texts.slice(at * width, (at + 1) * width), inner),
  );
  return `[${items.join(',')}]`;
}

/**
 * Each row of an output by itself, without the first dimension. Throws unrepresentable_output where
 * the output does not have as many rows.
 */
export function outputRows(output: Tensor, rows: number): Tensor[] {
  checkRows(output, rows);
  const ones = Array.from({ length: rows }, () => 1);
  return splitRows(output, ones).map((row) => ({ ...row, shape: row.shape.slice(1) }));
}

/** Throws unrepresentable_output where the output does not have as many rows. */
export function checkRows({ name, shape }: Tensor, rows: number): void {
  if (shape[0] === rows) return;
  throw new ShoalError(
    'unrepresentable_output',
    `output '${name}' has shape [${shape.join(', ')}] for ${rows} instance${rows === 1 ? '' : 's'}: ` +
      'it does not have a row for each; ask in the column form, {"inputs": ...}',
  );
}

/** One output of all rows, of one response or of one for each row. */
export function rowsOfAll(
  responses: readonly InferResponse[],
  rows: number,
  output: number,
): Tensor[] {
  const each = responses.length === 1 ? rows : 1;
  return responses.flatMap((response) => outputRows(response.outputs[output] as Tensor, each));
}
