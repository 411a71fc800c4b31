import { open } from 'node:fs/promises';
import path from 'node:path';
import { rejected } from './rejected';

/** ONNX's own protobuf, or what ONNX Runtime makes of it: a flatbuffer, saved after optimization. */
export type ModelFormat = 'onnx' | 'ort';

/** What model files are called that the server itself puts into the repository. */
export const modelFileName = 'model.onnx';
export const ortFileName = 'model.ort';

/** The mark of the ORT format, and the byte where it stands. */
const mark = 'ORTM';
const markAt = 4;
/** So many bytes at the beginning of a file tell its format. */
export const headBytes = markAt + mark.length;

/** What a file is by its first bytes; what has no mark is ONNX, or nothing. */
export function formatOfHead(head: Buffer): ModelFormat {
  return head.toString('latin1', markAt, headBytes) === mark ? 'ort' : 'onnx';
}

/** What the runtime takes a file for: it goes by the name. */
export function formatOfName(name: string): ModelFormat {
  return /\.ort$/i.test(name) ? 'ort' : 'onnx';
}

export function isModelFileName(name: string): boolean {
  return /\.(onnx|ort)$/i.test(name);
}

/**
 * What the server calls a model file that came under this name: by what it is. One that is called
 * .ort and is not stays .ort, and is refused as that.
 */
export async function storedModelName(file: string, cameAs: string): Promise<string> {
  if (formatOfName(cameAs) === 'ort') return ortFileName;
  const opened = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await opened.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    const format = formatOfHead(buffer.subarray(0, bytesRead));
    return format === 'ort' ? ortFileName : modelFileName;
  } finally {
    await opened.close();
  }
}

/** Throws model_rejected where the runtime would take the file for another format than it has. */
export function refuseMisnamed(file: string, format: ModelFormat): void {
  const name = path.basename(file);
  if (formatOfName(name) === format) return;
  throw rejected(
    format === 'ort'
      ? `The file '${name}' is a model in the ORT format; its name has to end in .ort.`
      : `The file '${name}' is no model in the ORT format, as its name says: it lacks the mark ` +
          `${mark} at byte ${markAt}.`,
  );
}
