import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

/** One client connection and what is under way on it. */
export interface Connection {
  /** Requests that have not been answered. */
  open: number;
  /** True once nothing more may come on it: the next answer says so and closes. */
  closing: boolean;
  /** The request that came last on it. */
  latest: IncomingMessage | undefined;
  /** True once its caller has sent requests without waiting for answers. */
  pipelines: boolean;
  /** Bytes that had come on it when it was last looked at; -1: it was not, or was not idle. */
  idleAt: number;
}

/** All connections of one server, so that stopping can wait for the answers and then close. */
export class Connections {
  readonly #open = new Map<Socket, Connection>();
  #onClose: (() => void) | undefined;

  get size(): number {
    return this.#open.size;
  }

  sockets(): Iterable<Socket> {
    return this.#open.keys();
  }

  of(socket: Socket): Connection {
    return this.#open.get(socket) ?? this.add(socket);
  }

  add(socket: Socket): Connection {
    const connection = { open: 0, closing: false, latest: undefined, pipelines: false, idleAt: -1 };
    this.#open.set(socket, connection);
    socket.once('close', () => {
      this.#open.delete(socket);
      this.#onClose?.();
    });
    return connection;
  }

  /**
   * Waits until all are gone: those that stay idle for `lingerMs` are ended, all others when
   * answered, by the answer's `connection: close`. What is left at `deadlineMs` is cut off.
   *
   * A timer may be late, and then comes before the sockets are read: what has come by then is read
   * before anything is ended.
   */
  async drained(lingerMs: number, deadlineMs: number): Promise<void> {
    if (this.size === 0) return;
    const look = (): void => {
      this.#end(staysIdle);
    };
    look();
    const linger = setInterval(() => setImmediate(look), lingerMs);
    const deadline = setTimeout(() => {
      this.destroyAll();
    }, deadlineMs);
    await new Promise<void>((resolve) => {
      this.#onClose = () => {
        if (this.size === 0) resolve();
      };
    });
    clearInterval(linger);
    clearTimeout(deadline);
  }

  destroyAll(): void {
    this.#end(() => true);
  }

  #end(which: (socket: Socket, connection: Connection) => boolean): void {
    for (const [socket, connection] of this.#open) {
      if (which(socket, connection)) socket.destroy();
    }
  }
}

/** True where nothing is under way now, nor was at the look before, and nothing came between. */
function staysIdle(socket: Socket, connection: Connection): boolean {
  const idle = connection.open === 0 && socket.writableLength === 0;
  const stays = idle && connection.idleAt === socket.bytesRead;
  connection.idleAt = idle ? socket.bytesRead : -1;
  return stays;
}
