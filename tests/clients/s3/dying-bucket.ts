import type { BucketClient } from '../../../modelhost/repository/bucket/bucket-client';

type Method = (...inputs: unknown[]) => Promise<unknown>;

/** What a command to a dead client ends with. */
class DeadError extends Error {}

/**
 * A bucket's client that dies before its n-th command, as the process would: from then on none is
 * sent, cleaning up included.
 */
export class DyingBucket {
  readonly client: BucketClient;
  /** Commands so far, by their names. */
  readonly commands: string[] = [];
  #left = Infinity;
  #fatal = '';

  constructor(client: BucketClient) {
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
    this.#left = command === this.#fatal ? -1 : this.#left - 1;
    if (this.#left < 0) return Promise.reject(new DeadError(name));
    this.commands.push(command);
    return method.apply(target, inputs);
  }
}
