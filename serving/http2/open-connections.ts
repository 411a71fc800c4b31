import type { Socket } from 'node:net';
import { Http2Connection, type ConnectionOwner } from './connection';
import type { Site } from './site';

/** All connections of one server. */
export class OpenConnections implements ConnectionOwner {
  readonly site: Site;
  readonly #open = new Set<Http2Connection>();
  #emptied: (() => void) | undefined;

  constructor(site: Site) {
    this.site = site;
  }

  get size(): number {
    return this.#open.size;
  }

  add(socket: Socket, first: Buffer | undefined): void {
    const connection = new Http2Connection(socket, this);
    this.#open.add(connection);
    if (first !== undefined) connection.take(first);
  }

  ended(connection: Http2Connection): void {
    this.#open.delete(connection);
    if (this.#open.size === 0) this.#emptied?.();
  }

  check(passedMs: number): void {
    for (const connection of this.#open) connection.check(passedMs);
  }

  announceEnd(): void {
    for (const connection of this.#open) connection.announceEnd();
  }

  /** Resolves when all are gone; what is left at the deadline is cut off. */
  async gone(deadlineMs: number): Promise<void> {
    if (this.#open.size === 0) return;
    const deadline = setTimeout(() => {
      this.destroyAll();
    }, deadlineMs);
    await new Promise<void>((resolve) => (this.#emptied = resolve));
    clearTimeout(deadline);
  }

  destroyAll(): void {
    for (const connection of this.#open) connection.socket.destroy();
  }
}
