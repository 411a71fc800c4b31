import { Server } from 'node:net';

/** A turn of the event loop takes one connection, and so many may wait for theirs; see `listen`. */
const mostTurns = 1024;

/** The turn in which it is called may have looked before; the next one looks after. */
const quietTurns = 2;

/**
 * Closes the listening socket once nobody waits there: for those who do, the system has opened a
 * connection, on which they may have sent a request, and would reset it. What is open stays open.
 */
export function closeListener(server: Server): Promise<void> {
  return new Promise((resolve) => {
    let [quiet, turns] = [0, 0];
    const taken = (): void => {
      quiet = 0;
    };
    server.on('connection', taken);
    const turn = (): void => {
      if (quiet < quietTurns && turns < mostTurns) {
        quiet += 1;
        turns += 1;
        setImmediate(turn);
        return;
      }
      server.off('connection', taken);
      // Not http's own close: that would cut off idle connections on which a request may be coming.
      Server.prototype.close.call(server);
      resolve();
    };
    turn();
  });
}
