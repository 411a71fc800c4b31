import type { Socket } from 'node:net';

/**
 * Cuts off callers who take nothing of an answer that waits for them. Their answers would take
 * memory for as long as they like; only where one waits is a timer needed.
 */
export function createSendWatch(
  sockets: () => Iterable<Socket>,
  timeoutMs: number,
): { close(): void } {
  const watched = new WeakSet<Socket>();
  const watch = (socket: Socket): void => {
    const cutOff = (): void => {
      socket.destroy();
    };
    watched.add(socket);
    // Begins anew whenever something has been taken.
    socket.setTimeout(timeoutMs, cutOff);
    socket.once('drain', () => {
      watched.delete(socket);
      socket.setTimeout(0, cutOff);
    });
  };
  const look = (): void => {
    for (const socket of sockets()) {
      if (socket.writableNeedDrain && !watched.has(socket)) watch(socket);
    }
  };
  const timer = setInterval(look, Math.min(1000, Math.ceil(timeoutMs / 4))).unref();
  return {
    close() {
      clearInterval(timer);
    },
  };
}
