import { Socket } from 'node:net';

/** Takes what comes on a connection. The bytes are only lent: they change when the call is over. */
export type Taker = (chunk: Buffer) => void;

/** A connection and who takes what comes on it. */
export interface Reads {
  readonly socket: Socket;
  /** Without a taker everything goes into the socket's own stream, for whoever reads that. */
  give(taker: Taker | undefined): void;
}

/** Large bodies take fewer system calls the larger it is. */
const sharedBytes = 256 * 1024;

/** One for all connections of the process, because reads are over before the next one begins. */
const shared = Buffer.allocUnsafeSlow(sharedBytes);

/** What an accepted socket has inside, as far as it matters here. */
interface Inside {
  _handle?: { useUserBuffer?: unknown } | null;
}

/**
 * Has an accepted socket read into the shared buffer, where Node otherwise allocates 64 KiB for
 * every read. Only sockets that are made with `onread` do that, and `net.Server` makes others, so
 * the accepted one's handle moves to a new one. The handle is not documented: where it does not
 * look as expected, the accepted socket is read as it is.
 */
export function readsOf(accepted: Socket): Reads {
  const inside = accepted as unknown as Inside;
  const handle = inside._handle;
  if (typeof handle?.useUserBuffer !== 'function') return streamReads(accepted);
  inside._handle = null;
  let taker: Taker | undefined;
  const take = (size: number): boolean => {
    if (taker === undefined) return socket.push(Buffer.from(shared.subarray(0, size)));
    taker(shared.subarray(0, size));
    return true;
  };
  const options = { handle, allowHalfOpen: true, onread: { buffer: shared, callback: take } };
  const socket = new Socket(options);
  // The server counts the one that it has accepted.
  socket.once('close', () => accepted.destroy());
  return {
    socket,
    give(next) {
      taker = next;
    },
  };
}

/** A connection that is read as the stream that it is. */
export function streamReads(socket: Socket): Reads {
  let taker: Taker | undefined;
  return {
    socket,
    give(next) {
      if (taker !== undefined) socket.off('data', taker);
      taker = next;
      if (taker !== undefined) socket.on('data', taker);
    },
  };
}
