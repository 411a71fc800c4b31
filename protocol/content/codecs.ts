import type { Tensor } from '../tensor';
import type { ContentBody, ContentCodec } from './content-codec';
import { csv } from './csv';
import { jsonLines } from './json-lines';
import { npy } from './npy';
import { npz } from './npz';
import { octetStream } from './octet-stream';

const codecs: readonly ContentCodec[] = [csv, npy, npz, octetStream, jsonLines];

const byType = new Map(
  codecs.flatMap((codec) => codec.types.map((type) => [type, codec] as const)),
);

/** What reads and writes a content type, JSON and pictures excepted. */
export function contentCodec(type: string): ContentCodec | undefined {
  return byType.get(type);
}

/** The types that answers can have besides JSON; they are read, too. */
export const contentTypes: readonly string[] = [...byType.keys()];

/** Outputs as one of `contentTypes`. Throws unrepresentable_output. */
export function contentAnswer(type: string, outputs: readonly Tensor[]): ContentBody {
  const codec = contentCodec(type);
  if (codec === undefined) throw new RangeError(`no content type ${type}`);
  return codec.write(outputs);
}
