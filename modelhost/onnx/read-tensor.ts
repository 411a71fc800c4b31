import type { ExternalData } from './model-facts';
import { each, int, once, type ProtobufReader, type Span } from './protobuf-reader';
import { quoted, rejected } from './rejected';

/** What is wanted of a tensor in the file: its name, and where its bytes are if not in the file. */
export interface TensorFacts {
  readonly name: string;
  readonly external: ExternalData | null;
}

const external = 1n;

/** TensorProto. Its payload is skipped. */
export async function readTensor(reader: ProtobufReader, span: Span): Promise<TensorFacts> {
  let name = '';
  let location = 0n;
  const entries = new Map<string, string>();
  await reader.walk(span, {
    8: each((field) => {
      name = reader.text(field);
    }),
    13: each(async (field) => {
      const [key, value] = await readEntry(reader, field);
      if (entries.size < 16) entries.set(key, value);
    }),
    14: int((value) => {
      location = value;
    }),
  });
  return { name, external: location === external ? externalData(name, entries) : null };
}

function externalData(tensor: string, entries: ReadonlyMap<string, string>): ExternalData {
  return {
    tensor,
    location: entries.get('location') ?? '',
    offset: bytes(tensor, entries, 'offset') ?? 0,
    length: bytes(tensor, entries, 'length'),
  };
}

function bytes(tensor: string, entries: ReadonlyMap<string, string>, key: string): number | null {
  const text = entries.get(key);
  if (text === undefined) return null;
  const value = Number(text);
  if (/^\d{1,16}$/.test(text) && Number.isSafeInteger(value)) return value;
  throw rejected(
    `The external data of tensor ${quoted(tensor)} has the ${key} ${quoted(text)}; ` +
      `a count of bytes in decimal is wanted.`,
  );
}

/** SparseTensorProto is two tensors; the name is that of its values. */
export async function readSparseTensor(reader: ProtobufReader, span: Span): Promise<TensorFacts[]> {
  const tensors: TensorFacts[] = [];
  const add = once(async (field) => {
    tensors.push(await readTensor(reader, field));
  });
  await reader.walk(span, { 1: add, 2: add });
  return tensors;
}

/** StringStringEntryProto. */
export async function readEntry(
  reader: ProtobufReader,
  span: Span,
): Promise<readonly [key: string, value: string]> {
  let key = '';
  let value = '';
  await reader.walk(span, {
    1: each((field) => {
      key = reader.text(field);
    }),
    2: each((field) => {
      value = reader.text(field);
    }),
  });
  return [key, value];
}
