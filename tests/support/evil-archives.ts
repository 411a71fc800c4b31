import { readdirSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { pax, tar, zip } from './archives';
import { externalModel } from './external-model';
import { plusModel } from './plus-model';

/** In every evil name, so that nothing else on the machine is taken for what one has left. */
const mark = 'shoal-evil';

/** Names of files that no upload may have, as they are to be called. */
export const evilNames: readonly string[] = [
  `../${mark}`,
  `../../${mark}`,
  `../../../${mark}`,
  `a/../../${mark}`,
  `a/${mark}/..`,
  `${'../'.repeat(20)}tmp/${mark}`,
  `/tmp/${mark}`,
  `/etc/${mark}`,
  `/${mark}`,
  `C:\\${mark}`,
  `..\\${mark}`,
  `a//${mark}`,
  `a\n${mark}`,
  `a\u202e${mark}`,
  `nul.${mark}`,
  `${mark}.`,
  `${mark}${'x'.repeat(250)}`,
];

/** The archives in which a file has this name; a tar says long or odd ones in a header of their own. */
export function archivesWith(name: string): Buffer[] {
  const good = { name: 'model.onnx', data: plusModel(7) };
  const long = { type: 'x', name: 'h', data: pax({ path: name }) };
  const said = tar([good, long, { name: 'short', data: 'x' }]);
  return [zip([good, { name, data: 'x' }]), said, gzipSync(said)];
}

/** What is called like that in the directories above one, and where else it might have been put. */
export function evilBeyond(directory: string): string[] {
  const above = [path.resolve(directory)];
  while (above[0] !== '/') above.unshift(path.dirname(above[0]!));
  const places = [...above, process.cwd(), '/etc', path.join(directory, 'models')];
  return places.flatMap((place) => readdirSync(place).filter((name) => name.includes(mark)));
}

/** Archives with a good model and something evil, or none, with the status and reason of refusal. */
export function evilArchives(): [Buffer, number, RegExp][] {
  const good = { name: 'model.onnx', data: plusModel(7) };
  const zeros = { name: 'zeros', data: Buffer.alloc(2 * 1024 ** 2) };
  return [
    [tar([good, { name: mark, type: '2' }]), 422, /symbolic link/],
    [tar([good, { name: mark, type: '1' }]), 422, /hard link/],
    [tar([good, { name: mark, type: '3' }]), 422, /device/],
    [zip([good, { ...good, unixMode: 0o120777 }]), 422, /symbolic link/],
    [zip([good, { ...good, name: 'MODEL.onnx' }]), 422, /there twice/],
    [tar([good, good]), 422, /there twice/],
    [zip([good, zeros]), 413, /bytes unpacked/],
    [gzipSync(tar([good, zeros])), 413, /bytes unpacked/],
    [zip([{ name: '1/net.onnx', data: externalModel() }]), 422, /weights.bin" is missing/],
    [zip([{ name: '1/model.onnx', data: 'no model at all' }]), 422, /not an ONNX model/],
  ];
}
