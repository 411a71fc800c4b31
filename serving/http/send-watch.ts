import type { Socket } from 'node:net';

/** What waits for a caller, at one look. */
interface Wait {
  /** Bytes that the system has taken over for the caller so far. */
  readonly taken: number;
  /** How many looks before this one found the same. */
  readonly looks: number;
}

/** What a socket has inside, as far as it matters here. */
interface Inside {
  readonly _handle?: { readonly bytesWritten?: unknown; readonly writeQueueSize?: unknown } | null;
}

/**
 * Cuts off callers who take nothing of an answer that waits for them. Their answers would take
 * memory for as long as they like. What a caller sends meanwhile, or that the connection is being
 * closed, changes nothing. Looks are counted, so that time in which this process did not run is
 * not taken for the caller's.
 */
export function createSendWatch(
  sockets: () => Iterable<Socket>,
  timeoutMs: number,
): { close(): void } {
  const lookMs = Math.min(1000, Math.ceil(timeoutMs / 4));
  const mostLooks = Math.ceil(timeoutMs / lookMs);
  let waits = new Map<Socket, Wait>();
  const look = (): void => {
    const before = waits;
    waits = new Map();
    for (const socket of sockets()) {
      if (socket.writableLength === 0) continue;
      const taken = takenFrom(socket);
      const last = before.get(socket);
      const looks = last?.taken === taken ? last.looks + 1 : 0;
      if (looks >= mostLooks) socket.destroy();
      else waits.set(socket, { taken, looks });
    }
  };
  const timer = setInterval(look, lookMs).unref();
  return {
    close() {
      clearInterval(timer);
    },
  };
}

/**
 * Bytes that the system has taken over from the socket. The handle is not documented, but nothing
 * else tells of a large write before all of it is done.
 */
export function takenFrom(socket: Socket): number {
  const { bytesWritten, writeQueueSize } = (socket as unknown as Inside)._handle ?? {};
  if (typeof bytesWritten === 'number' && typeof writeQueueSize === 'number') {
    return bytesWritten - writeQueueSize;
  }
  return socket.bytesWritten - socket.writableLength;
}
