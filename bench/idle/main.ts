/** Clients that connect, ask once whether the server lives, and then say nothing more. */
import { connect, type Socket } from 'node:net';
import { answerParent } from '../child';
import type { IdleAnswer, IdleQuestion } from './question';

const sockets = new Set<Socket>();

/** More at the same time overrun the server's queue of connections. */
const atOnce = 200;
/** Connections from one address; each has some 28,000 ports of its own. */
const perAddress = 5000;

answerParent(async (message): Promise<IdleAnswer> => {
  const question = message as IdleQuestion;
  if ('close' in question) {
    const open = sockets.size;
    for (const socket of [...sockets]) socket.destroy();
    return { open };
  }
  await openAll(question.open, Number(new URL(question.url).port));
  return { open: sockets.size };
});

async function openAll(count: number, port: number): Promise<void> {
  for (let from = 0; from < count; from += atOnce) {
    const some = Array.from({ length: Math.min(atOnce, count - from) }, (_, index) =>
      open(port, `127.0.0.${2 + Math.floor((from + index) / perAddress)}`),
    );
    await Promise.all(some);
  }
}

async function open(port: number, localAddress: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress });
    socket.once('data', () => {
      resolve();
    });
    socket.on('error', reject);
    socket.once('close', () => {
      sockets.delete(socket);
      reject(new Error('the server has closed a connection'));
    });
    sockets.add(socket);
    socket.write('GET /v2/health/live HTTP/1.1\r\nhost: bench\r\n\r\n');
  });
}
