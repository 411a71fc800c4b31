import { encodeFrame, frameKinds } from './frame';
import { numberIn, objectIn, textIn } from './frame-header';
import type { IncomingFrame } from './frame-reader';
import type { SharedFile } from './shared-file';

/** What a runner needs to know to open a client's file, and to see that it is the right one. */
export type FileFacts = Pick<SharedFile, 'name' | 'device' | 'inode'>;

/** Asks the other side to open a client's file under the number that the frame has for its id. */
export function encodeShare(number: number, { name, device, inode }: FileFacts): Uint8Array[] {
  const header = JSON.stringify({ name, device, inode });
  return encodeFrame({ kind: frameKinds.share, id: number, header, parts: [] });
}

export function decodeShare(frame: IncomingFrame): FileFacts {
  const header = objectIn(frame.header);
  return {
    name: textIn(header['name']),
    device: numberIn(header['device']),
    inode: numberIn(header['inode']),
  };
}

/** Says whether it is open there: then batches may name it by its number. */
export function encodeShared(number: number, opened: boolean): Uint8Array[] {
  const header = JSON.stringify({ opened });
  return encodeFrame({ kind: frameKinds.shared, id: number, header, parts: [] });
}

export function decodeShared(frame: IncomingFrame): boolean {
  return objectIn(frame.header)['opened'] === true;
}

/** Has the other side close it; what still waits there and lies in it fails. */
export function encodeUnshare(number: number): Uint8Array[] {
  return encodeFrame({ kind: frameKinds.unshare, id: number, header: '{}', parts: [] });
}
