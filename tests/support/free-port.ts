import { createServer } from 'node:net';

/**
 * Below the ports that Linux gives away by itself, to connections and to those that ask for any. The
 * workers of one run of Jest have parts of it, so that two never find the same port.
 */
const range = partOf(Number(process.env['JEST_WORKER_ID'] ?? 1));

function partOf(worker: number): { readonly from: number; readonly to: number } {
  const from = 20_000 + 3000 * (worker % 4);
  return { from, to: from + 3000 };
}

/** Where the last search ended; the first starts anywhere, for other runs search as well. */
let next = range.from + Math.floor(Math.random() * (range.to - range.from));

/**
 * A port of loopback that nobody listens on now, and that nobody gets by chance until a program
 * which is told of it listens.
 */
export async function freePort(): Promise<number> {
  for (let tried = range.from; tried < range.to; tried += 1) {
    // Another search may go on while this one waits.
    const port = next + 1 < range.to ? next + 1 : range.from;
    next = port;
    if (await isFree(port)) return port;
  }
  throw new Error(`no port from ${range.from} to ${range.to} is free`);
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => {
      resolve(false);
    });
    server.listen(port, '127.0.0.1', () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
