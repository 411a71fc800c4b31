import { readFileSync } from 'node:fs';
import type { Datatype } from '../../protocol/datatype';
import type { JsonValue } from '../../protocol/exact-json/json-value';
import type { ReplyBody } from '../../protocol/exchange';
import type { Tensor } from '../../protocol/tensor';
import { tensorFromJson } from '../../protocol/tensor-json/tensor-from-json';

const files = JSON.parse(readFileSync('tests/golden/numpy-files.json', 'utf8')) as Readonly<
  Record<string, string>
>;

/** A file as NumPy has saved it. */
export function numpyFile(name: string): Buffer {
  return Buffer.from(files[name] ?? '', 'base64');
}

export function tensorOf(
  name: string,
  datatype: Datatype,
  shape: readonly number[],
  values: readonly JsonValue[],
): Tensor {
  return tensorFromJson(name, datatype, shape, values);
}

/** What of a tensor can be compared. */
export function comparable({ name, datatype, shape, data }: Tensor): unknown {
  return { name, datatype, shape, data: Buffer.from(data).toString('hex') };
}

export function bytesOf(body: ReplyBody): Buffer {
  if (typeof body === 'string') return Buffer.from(body);
  return Buffer.isBuffer(body) ? body : Buffer.concat(body);
}
