import type { BucketClient } from '../../../modelhost/repository/bucket/bucket-client';

/** Commands after which the same lies in the bucket as before. */
const reading: ReadonlySet<string> = new Set([
  'list',
  'listLevel',
  'open',
  'read',
  'unfinishedUploads',
]);

type Method = (...inputs: unknown[]) => Promise<unknown>;

/** What a command to a dead client ends with. */
class DeadError extends Error {}

/**
 * A bucket's client that dies before its n-th command, as the process would: from then on none is
 * sent, cleaning up included. With `onlyWrites` those that change nothing are not counted.
 */
export class DyingBucket {
  readonly client: BucketClient;
  /** Commands so far, by their names. */
  readonly commands: string[] = [];
  readonly #onlyWrites: boolean;
  #left = Infinity;
  #fatal = '';

  constructor(client: BucketClient, { onlyWrites = false } = {}) {
    this.#onlyWrites = onlyWrites;
    this.client = new Proxy(client, {
      get: (target, name) => {
        const method = Reflect.get(target, name) as Method;
        return (...inputs: unknown[]) => this.#send(target, String(name), method, inputs);
      },
    });
  }

  dieAfter(commands: number): void {
    this.#left = commands;
  }

  /** Dies before the first command like this one, e.g. `create iris/2/meta.json`. */
  dieAt(command: string): void {
    this.#fatal = command;
  }

  get dead(): boolean {
    return this.#left < 0;
  }

  #send(target: BucketClient, name: string, method: Method, inputs: unknown[]): Promise<unknown> {
    const command = `${name} ${String(inputs[0])}`;
    const counts = !this.#onlyWrites || this.dead || !reading.has(name);
    this.#left = command === this.#fatal ? -1 : this.#left - Number(counts);
    if (this.#left < 0) return Promise.reject(new DeadError(name));
    this.commands.push(command);
    return method.apply(target, inputs);
  }
}
