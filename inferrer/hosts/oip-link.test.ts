import { EventEmitter, once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSocketServer, type AddressInfo } from 'node:net';
import type { Attempt } from '../../protocol/link/batch';
import { batch } from '../../tests/support/batches';
import { startFullPort } from '../../tests/support/faults/full-port';
import { freePort } from '../../tests/support/free-port';
import { eventually } from '../../tests/support/processes';
import { createOipLink, createOipPool } from './oip-link';

let ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.reverse()) await end();
  ends = [];
});

type Send = (leftMs: number) => Promise<Attempt>;

/** A link to a host that answers as told. */
async function linkTo(answer: RequestListener): Promise<Send> {
  const server = await listening(createServer(answer));
  return linkAt((server.address() as AddressInfo).port);
}

/** Sends one batch with so many milliseconds left. */
function linkAt(port: number): Send {
  const url = `http://127.0.0.1:${port}`;
  const pool = createOipPool(url);
  ends.push(() => pool.destroy());
  const link = createOipLink({ url, pin: '', secret: '', pool });
  return (leftMs) => link.send(batch({}), performance.now() + leftMs);
}

async function listening(server: Server): Promise<Server> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return server;
}

const reply: RequestListener = (request, response) => {
  request.resume().on('end', () => response.end('{"outputs":[]}'));
};

const lateAttempt = { outcome: 'failed', error: { code: 'deadline_exceeded' }, late: true };

test('an answer that comes after the deadline changes nothing; the next one is taken', async () => {
  const arrivals = new EventEmitter();
  const first = once(arrivals, 'arrived');
  let arrived = 0;
  const send = await linkTo((request, response) => {
    arrived += 1;
    if (arrived > 1) reply(request, response);
    else arrivals.emit('arrived', request, response);
  });
  expect(await send(50)).toMatchObject(lateAttempt);
  const [request, response] = (await first) as Parameters<RequestListener>;
  reply(request, response);
  expect(await send(5_000)).toMatchObject({ outcome: 'replied', reply: { outputs: [] } });
});

test('a batch that nobody waits for any more closes its connection, and says nothing of the host', async () => {
  let [wanted, closed] = [true, false];
  const server = await listening(
    createServer((request) => {
      request.resume().on('close', () => (closed = true));
      wanted = false;
    }),
  );
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const pool = createOipPool(url);
  ends.push(() => pool.destroy());
  const link = createOipLink({ url, pin: '', secret: '', pool });
  const left = { ...batch({}), unwanted: () => !wanted };
  const attempt = await link.send(left, performance.now() + 30_000);
  expect(attempt).toMatchObject({
    outcome: 'failed',
    error: { code: 'client_closed' },
    late: true,
  });
  await eventually('it is closed', () => closed || undefined);
});

test('a connection that breaks after the batch was sent has lost it', async () => {
  const send = await linkTo((request) => request.socket.destroy());
  expect(await send(5_000)).toMatchObject({ outcome: 'lost' });
});

test('an answer that is no HTTP is broken at once, although it does not end', async () => {
  const server = createSocketServer((socket) => {
    ends.push(() => socket.destroy());
    socket.on('error', () => undefined).resume();
    socket.write('who is there');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => server.close());
  const send = linkAt((server.address() as AddressInfo).port);
  expect(await send(30_000)).toMatchObject({ outcome: 'broken' });
});

test('where nobody listens the batch was never sent', async () => {
  expect(await linkAt(await freePort())(5_000)).toMatchObject({ outcome: 'unreached' });
});

test('where nobody makes the connection the batch was never sent, and that is known soon', async () => {
  const full = await startFullPort();
  ends.push(() => full.close());
  expect(await linkAt(full.port)(30_000)).toMatchObject({ outcome: 'unreached' });
});

describe('a host that takes longer than the deadline is not lost; it is waited for to the end', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  test.each<[string, RequestListener]>([
    ['says nothing', () => undefined],
    ['stops within its answer', (_, response) => response.writeHead(200).write('{')],
  ])('%s', async (_, answer) => {
    const arrivals = new EventEmitter();
    const send = await linkTo((request, response) => {
      answer(request, response);
      arrivals.emit('arrived');
    });
    const ended: Attempt[] = [];
    // Begun at any time between two ticks of the HTTP client's clock, which are half a second apart.
    for (let begun = 0; begun < 20; begun += 1) {
      const arrived = once(arrivals, 'arrived');
      void send(1_200).then((attempt) => ended.push(attempt));
      await arrived;
      await jest.advanceTimersByTimeAsync(50);
    }
    await jest.advanceTimersByTimeAsync(150);
    expect(ended).toEqual([]);
    await jest.advanceTimersByTimeAsync(1_200);
    expect(ended).toMatchObject(Array.from({ length: 20 }, () => lateAttempt));
  });
});
