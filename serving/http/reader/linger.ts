import type { Socket } from 'node:net';

/** How much, and how long, of an unread body is taken in so that its sender sees the answer. */
const lingerBytes = 256 * 1024 * 1024;
const lingerMs = 2000;

/**
 * Closes a connection on which `coming` bytes of a body are still on their way, when they have
 * been read over or have taken too long. Closing at once would make the sender's system throw the
 * answer away.
 */
export function linger(socket: Socket, coming: number): void {
  let left = Math.min(coming, lingerBytes);
  const end = (): void => {
    clearTimeout(timer);
    socket.destroySoon();
  };
  const timer = setTimeout(end, lingerMs).unref();
  socket.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left <= 0) end();
  });
  socket.once('end', end);
  socket.once('close', end);
  socket.resume();
}
