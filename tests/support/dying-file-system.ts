import { nodeFileSystem, type FileSystem } from '../../modelhost/repository/file-system';

type Method = (...inputs: unknown[]) => unknown;

/** What a call into a dead file system ends with. */
export class DeadError extends Error {}

/** Calls after which what lies on the disk is the same as before. */
const reading: ReadonlySet<string> = new Set(['lstat', 'readdir', 'readFile', 'stat', 'sync']);

/**
 * A file system that dies before its n-th call, as the process would: from then on nothing works,
 * cleaning up included. A write that it dies in is half done. With `onlyWrites` calls that change
 * nothing are not counted.
 */
export class DyingFileSystem {
  readonly fs: FileSystem;
  readonly #onlyWrites: boolean;
  #left = Infinity;

  constructor({ onlyWrites = false } = {}) {
    this.#onlyWrites = onlyWrites;
    this.fs = this.#dying(nodeFileSystem);
  }

  dieAfter(calls: number): void {
    this.#left = calls;
  }

  get dead(): boolean {
    return this.#left < 0;
  }

  #dying<Target extends object>(target: Target): Target {
    return new Proxy(target, {
      get: (from, name) => {
        const value: unknown = Reflect.get(from, name);
        if (typeof value !== 'function') return value;
        return (...inputs: unknown[]) => this.#call(from, String(name), value as Method, inputs);
      },
    });
  }

  async #call(target: object, name: string, method: Method, inputs: unknown[]): Promise<unknown> {
    if (!this.#onlyWrites || this.dead || !isReading(name, inputs)) this.#left--;
    // The system closes the files of a dead process.
    if (this.#left < 0 && name !== 'close') {
      if (this.#left === -1 && name === 'writeFile') {
        const text = String(inputs[0]);
        await method.call(target, text.slice(0, text.length / 2));
      }
      throw new DeadError(name);
    }
    const result = await method.apply(target, inputs);
    return name === 'open' ? this.#dying(result as object) : result;
  }
}

function isReading(name: string, [, flags]: readonly unknown[]): boolean {
  return reading.has(name) || (name === 'open' && (flags === 'r' || flags === 'r+'));
}
