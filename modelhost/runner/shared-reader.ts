import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import { ShoalError } from '../../core/errors';
import type { ReceivedBatch, SharedRange } from '../../protocol/link/frames';
import type { FileFacts } from '../../protocol/link/share-frames';
import { isClientsName, isSharedName, sharedDirectory } from '../../protocol/link/shared-name';
import type { Tensor } from '../../protocol/tensor';

/** Memory for the shared inputs of one run, used again by the next. */
export interface Scratch {
  bytes: Uint8Array;
}

/** Inputs begin on multiples of this. */
const alignment = 64;

/** The number of the connection's own file; clients' files have others. */
const ownFile = 0;

/** Reads the inputs of one connection that lie in shared memory. */
export class SharedReader {
  readonly #scratch: Scratch;
  /** Descriptors by the number of the file. */
  readonly #open = new Map<number, number>();

  /** @param scratch shared by all readers of a process that runs one batch at a time */
  constructor(scratch: Scratch) {
    this.#scratch = scratch;
  }

  /** True if it is a file of our own user in shared memory that can be read. */
  open(name: string): boolean {
    const descriptor = isSharedName(name) ? opened(name) : undefined;
    if (descriptor === undefined) return false;
    this.#open.set(ownFile, descriptor);
    const facts = fstatSync(descriptor);
    if (facts.isFile() && facts.uid === process.getuid?.()) return true;
    this.closeFile(ownFile);
    return false;
  }

  /** True if the client's file is there and can be read, and is the one that is meant. */
  openFile(number: number, { name, device, inode }: FileFacts): boolean {
    this.closeFile(number);
    const descriptor = number !== ownFile && isClientsName(name) ? opened(name) : undefined;
    if (descriptor === undefined) return false;
    this.#open.set(number, descriptor);
    const facts = fstatSync(descriptor);
    if (facts.isFile() && facts.dev === device && facts.ino === inode) return true;
    this.closeFile(number);
    return false;
  }

  closeFile(number: number): void {
    const descriptor = this.#open.get(number);
    if (descriptor === undefined) return;
    this.#open.delete(number);
    closeSync(descriptor);
  }

  /**
   * The batch's inputs, those in shared memory copied to the scratch. Throws internal, and
   * invalid_request where a client's file has not got the bytes.
   */
  inputs({ inputs, shared }: ReceivedBatch): readonly Tensor[] {
    if (shared.length === 0) return inputs;
    let end = 0;
    for (const { bytes } of shared) end += Math.ceil(bytes / alignment) * alignment;
    if (this.#scratch.bytes.length < end) this.#scratch.bytes = Buffer.allocUnsafeSlow(end);
    const whole = [...inputs];
    let at = 0;
    for (const range of shared) {
      const { name, datatype, shape } = whole[range.input] as Tensor;
      const target = this.#scratch.bytes.subarray(at, at + range.bytes);
      const read = this.#read(range, target);
      if (read !== range.bytes) throw incomplete(name, range, read);
      whole[range.input] = { name, datatype, shape, data: target };
      at += Math.ceil(range.bytes / alignment) * alignment;
    }
    return whole;
  }

  close(): void {
    for (const number of [...this.#open.keys()]) this.closeFile(number);
  }

  /** Bytes that could be read. */
  #read({ at, bytes, file }: SharedRange, target: Uint8Array): number {
    const descriptor = this.#open.get(file);
    return descriptor === undefined ? 0 : readSync(descriptor, target, 0, bytes, at);
  }
}

/** A descriptor; undefined where there is no such file, as where the other side is in another container. */
function opened(name: string): number | undefined {
  try {
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    return openSync(path.join(sharedDirectory, name), flags);
  } catch {
    return undefined;
  }
}

function incomplete(name: string, { bytes, file }: SharedRange, read: number): ShoalError {
  if (file === ownFile) {
    return new ShoalError('internal', `of ${bytes} shared bytes ${read} could be read`);
  }
  return new ShoalError(
    'invalid_request',
    `input '${name}': of ${bytes} bytes in shared memory ${read} are there; the object has been ` +
      'made smaller, or its region was unregistered, before the model ran',
  );
}
