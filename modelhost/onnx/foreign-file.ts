import type { FileWindow } from './file-window';
import { rejected } from './rejected';

/** How files begin that are sent by mistake, and what to say of them. */
const foreign: readonly { readonly starts: string; readonly at?: number; readonly is: string }[] = [
  {
    starts: 'version https://git-lfs',
    is: 'a Git LFS pointer file, not the model; fetch the model itself with `git lfs pull`',
  },
  { starts: 'PK\x03\x04', is: 'a zip archive (a PyTorch or Keras file?); export it to ONNX' },
  { starts: '\x89HDF', is: 'an HDF5 file (a Keras model?); convert it to ONNX' },
  { starts: 'TFL3', at: 4, is: 'a TensorFlow Lite model; convert it to ONNX' },
  { starts: '\x80\x02', is: 'a Python pickle; export the model to ONNX' },
  { starts: '\x80\x04', is: 'a Python pickle; export the model to ONNX' },
  { starts: '\x1f\x8b', is: 'a gzip file; send the model unpacked' },
  { starts: 'GGUF', is: 'a GGUF model; convert it to ONNX' },
  { starts: 'MZ', is: 'a Windows program' },
  { starts: '\x7fELF', is: 'a Linux program' },
  { starts: '\x89PNG', is: 'a PNG picture' },
  { starts: '\xff\xd8\xff', is: 'a JPEG picture' },
  { starts: '%PDF', is: 'a PDF document' },
  { starts: '<', is: 'a web page or XML document, perhaps an error page saved under this name' },
  { starts: '{', is: 'a JSON document' },
  { starts: '#!', is: 'a script' },
];

/** Throws model_rejected with what the file is, where its first bytes tell that it is no ONNX. */
export function refuseForeignFile(window: FileWindow): void {
  if (window.size === 0) throw rejected('The file is empty.');
  const head = window.bytes(0, Math.min(window.size, 64)).toString('latin1');
  const match = foreign.find(({ starts, at }) => head.startsWith(starts, at ?? 0));
  if (match !== undefined) throw rejected(`The file is not an ONNX model: it is ${match.is}.`);
}
