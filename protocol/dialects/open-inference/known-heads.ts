import type { InferCall } from './infer-call';
import { readInferCall } from './read-infer-call';
import { jsonText } from '../../exact-json/read-json';

/** Reads the JSON in front of binary tensors. Throws as `readInferCall`. */
export type HeadReader = (json: Buffer) => InferCall;

interface Head {
  readonly json: Buffer;
  readonly call: InferCall;
}

/** So many heads are kept, each at most so long. */
const places = 256;
const longest = 4096;
/** Bytes of a head that decide on its place. */
const samples = 16;

/**
 * Callers of binary tensors, and of tensors in shared memory, send the same JSON again and again:
 * what it says is kept, under all of its bytes, as long as no other head takes its place. A head
 * that has data itself is not kept.
 */
export function createHeadReader(): HeadReader {
  const kept: (Head | undefined)[] = Array.from({ length: places }, () => undefined);
  return (json) => {
    const place = placeOf(json);
    const known = kept[place];
    if (known?.json.equals(json) === true) return known.call;
    const call = readInferCall(jsonText(json));
    const data = call.inputs.length - call.blobs.length - call.inputParts.length;
    if (json.length <= longest && data === 0) {
      kept[place] = { json: Buffer.from(json), call };
    }
    return call;
  };
}

function placeOf(json: Buffer): number {
  const step = Math.max(1, Math.floor(json.length / samples));
  let hash = json.length;
  for (let at = json.length - 1; at >= 0; at -= step) hash = (hash * 31 + (json[at] ?? 0)) | 0;
  return hash & (places - 1);
}
