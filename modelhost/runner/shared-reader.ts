import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import { ShoalError } from '../../core/errors';
import type { ReceivedBatch, SharedRange } from '../../protocol/link/frames';
import { isSharedName, sharedDirectory } from '../../protocol/link/shared-name';
import type { Tensor } from '../../protocol/tensor';

/** Memory for the shared inputs of one run, used again by the next. */
export interface Scratch {
  bytes: Uint8Array;
}

/** Inputs begin on multiples of this. */
const alignment = 64;

/** Reads the inputs that one connection places in shared memory. */
export class SharedReader {
  readonly #scratch: Scratch;
  #descriptor = -1;

  /** @param scratch shared by all readers of a process that runs one batch at a time */
  constructor(scratch: Scratch) {
    this.#scratch = scratch;
  }

  /** True if it is a file of our own user in shared memory that can be read. */
  open(name: string): boolean {
    if (!isSharedName(name)) return false;
    try {
      const file = path.join(sharedDirectory, name);
      this.#descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW);
    } catch {
      // The other side is in another container: what it shares is not here.
      return false;
    }
    const facts = fstatSync(this.#descriptor);
    if (facts.isFile() && facts.uid === process.getuid?.()) return true;
    this.close();
    return false;
  }

  /** The batch's inputs, those in shared memory copied to the scratch. Throws internal. */
  inputs({ inputs, shared }: ReceivedBatch): readonly Tensor[] {
    if (shared.length === 0) return inputs;
    let end = 0;
    for (const { bytes } of shared) end += Math.ceil(bytes / alignment) * alignment;
    if (this.#scratch.bytes.length < end) this.#scratch.bytes = Buffer.allocUnsafeSlow(end);
    const whole = [...inputs];
    let at = 0;
    for (const range of shared) {
      const tensor = whole[range.input] as Tensor;
      whole[range.input] = { ...tensor, data: this.#read(range, at) };
      at += Math.ceil(range.bytes / alignment) * alignment;
    }
    return whole;
  }

  close(): void {
    if (this.#descriptor >= 0) closeSync(this.#descriptor);
    this.#descriptor = -1;
  }

  #read({ at, bytes }: SharedRange, to: number): Uint8Array {
    const target = this.#scratch.bytes.subarray(to, to + bytes);
    const read = this.#descriptor < 0 ? 0 : readSync(this.#descriptor, target, 0, bytes, at);
    if (read === bytes) return target;
    throw new ShoalError('internal', `of ${bytes} shared bytes ${read} could be read`);
  }
}
