import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ShoalError } from '../../core/errors';
import { frameKinds } from '../../protocol/link/frame';
import { createFrameReader } from '../../protocol/link/frame-reader';
import {
  decodeInfer,
  encodeFailed,
  encodeHello,
  encodeRefused,
  encodeReply,
  type ReceivedBatch,
} from '../../protocol/link/frames';
import { batch } from '../../tests/support/batches';
import { createFramesLink, type FramesLink, type FramesLinkOptions } from './frames-link';

type Answer = (batch: ReceivedBatch, id: number, socket: Socket) => void;

let directory: string;
let address: string;
let server: Server | undefined;
let links: FramesLink[] = [];
const sockets = new Set<Socket>();

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'shoal-test-'));
  address = `unix:${directory}/socket`;
});
afterEach(async () => {
  for (const link of links) link.close();
  links = [];
  await stop();
  rmSync(directory, { recursive: true });
});

/** A runner that says hello and then does with every batch what it is told to. */
async function serve(
  answer: Answer,
  greeting = encodeHello({ host: 'h', runner: 'r', secret: '', shared: '' }),
) {
  server = createServer((socket) => {
    sockets.add(socket);
    const reader = createFrameReader(1e6, (frame) => {
      if (frame.kind === frameKinds.hello) socket.write(Buffer.concat(greeting));
      else answer(decodeInfer(frame), frame.id, socket);
    });
    socket.on('data', (chunk) => {
      reader.read(chunk);
    });
    socket.on('error', () => undefined);
  });
  server.listen(`${directory}/socket`);
  await once(server, 'listening');
}

async function stop(): Promise<void> {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  if (server === undefined) return;
  const closed = once(server, 'close');
  server.close();
  server = undefined;
  await closed;
}

function link(more: Partial<FramesLinkOptions> = {}): FramesLink {
  const made = createFramesLink({ address, secret: '', ...more });
  links.push(made);
  return made;
}

const reply = (socket: Socket, id: number): void => {
  socket.write(Buffer.concat(encodeReply(id, { queueUs: 1, runUs: 2, outputs: [] })));
};
const soon = (ms = 5000): number => performance.now() + ms;

/** Resolves when the link has (or has no longer) its connection. */
function stateOf(more: Partial<FramesLinkOptions> = {}): {
  made: FramesLink;
  becomes: (connected: boolean) => Promise<void>;
} {
  const waiting: { connected: boolean; resolve: () => void }[] = [];
  const onState = (connected: boolean): void => {
    for (const one of waiting) if (one.connected === connected) one.resolve();
  };
  const made = link({ ...more, onState });
  const becomes = (connected: boolean): Promise<void> =>
    made.connected === connected
      ? Promise.resolve()
      : new Promise((resolve) => waiting.push({ connected, resolve }));
  return { made, becomes };
}

/** What comes until the other side has closed, or so many bytes are there. */
function readToEnd(socket: Socket, most: number): Promise<Buffer> {
  socket.removeAllListeners('data');
  const chunks: Buffer[] = [];
  let bytes = 0;
  return new Promise((resolve) => {
    const end = (): void => {
      resolve(Buffer.concat(chunks));
    };
    socket.on('close', end);
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= most) end();
    });
    socket.resume();
  });
}

test('nothing listens: unreached, at once', async () => {
  const sent = link().send(batch({}), soon());
  expect(await sent).toEqual({ outcome: 'unreached', cause: 'ENOENT' });
});

test('replies, failures and refusals come to their callers, in whatever order', async () => {
  const held: (() => void)[] = [];
  await serve(({ model }, id, socket) => {
    if (model === 'fails') {
      socket.write(Buffer.concat(encodeFailed(id, new ShoalError('run_failed', 'no'))));
    } else if (model === 'refuses') {
      socket.write(Buffer.concat(encodeRefused(id, 'not_loaded')));
    } else if (model === 'later') {
      held.push(() => {
        reply(socket, id);
      });
    } else {
      reply(socket, id);
      held.shift()?.();
    }
  });
  const made = link();
  const attempts = ['later', 'fails', 'refuses', 'm'].map((model) =>
    made.send(batch({ model }), soon()),
  );
  expect(await Promise.all(attempts)).toMatchObject([
    { outcome: 'replied', reply: { host: 'h', queueUs: 1, runUs: 2 } },
    { outcome: 'failed', host: 'h', error: { code: 'run_failed', message: 'no' } },
    { outcome: 'refused', reason: 'not_loaded' },
    { outcome: 'replied' },
  ]);
  expect(sockets.size).toBe(1);
});

test('a connection that breaks: lost, then unreached, then connected again by itself', async () => {
  await serve((_batch, _id, socket) => socket.destroy());
  const { made, becomes } = stateOf();
  const attempts = await Promise.all([made.send(batch({}), soon()), made.send(batch({}), soon())]);
  expect(attempts.map(({ outcome }) => outcome)).toEqual(['lost', 'lost']);
  expect(made.connected).toBe(false);
  expect((await made.send(batch({}), soon())).outcome).toBe('unreached');
  await stop();
  await serve((_batch, id, socket) => {
    reply(socket, id);
  });
  await becomes(true);
  expect((await made.send(batch({}), soon())).outcome).toBe('replied');
});

test('an answer that makes no sense: broken, and the others on the connection lost', async () => {
  let held = 0;
  await serve(({ model }, id, socket) => {
    if (model === 'held') held = id;
    else socket.write(Buffer.concat(encodeReply(id, { outputs: [], queueUs: 0 } as never)));
  });
  const made = link();
  const attempts = ['held', 'nonsense'].map((model) => made.send(batch({ model }), soon()));
  expect((await Promise.all(attempts)).map(({ outcome }) => outcome)).toEqual(['lost', 'broken']);
  expect(held).toBe(1);
  expect(made.connected).toBe(false);
});

test('bytes that are no frames: broken', async () => {
  await serve((_batch, _id, socket) => socket.write(Buffer.alloc(64, 0xff)));
  expect((await link().send(batch({}), soon())).outcome).toBe('broken');
});

test('at the deadline it gives up, and the late reply goes to nobody', async () => {
  let answerLate: () => void = () => undefined;
  await serve(({ model }, id, socket) => {
    if (model === 'm') reply(socket, id);
    else {
      answerLate = () => {
        reply(socket, id);
      };
    }
  });
  const made = link();
  const started = performance.now();
  const late = await made.send(batch({ model: 'late' }), soon(60));
  expect(late).toMatchObject({ outcome: 'failed', error: { code: 'deadline_exceeded' } });
  expect(late).toHaveProperty('late', true);
  expect(performance.now() - started).toBeGreaterThanOrEqual(60);
  expect(performance.now() - started).toBeLessThan(1060);
  expect(made.inFlight).toBe(0);
  answerLate();
  expect((await made.send(batch({}), soon())).outcome).toBe('replied');
});

test('who is refused at the door has not been reached by anything', async () => {
  await serve(() => undefined, encodeRefused(0, 'unauthorized'));
  const attempt = await link().send(batch({}), soon());
  expect(attempt).toEqual({ outcome: 'refused', reason: 'unauthorized' });
});

test('a runner that does not say hello is not reached', async () => {
  await serve(() => undefined, []);
  const attempt = await link({ connectTimeoutMs: 50 }).send(batch({}), soon());
  expect(attempt).toEqual({ outcome: 'unreached', cause: 'no hello in time' });
});

test('close: what was sent is lost, what comes is unreached', async () => {
  await serve((_batch, _id, socket) => socket.pause());
  const { made, becomes } = stateOf();
  made.connect();
  await becomes(true);
  const sent = made.send(batch({}), soon());
  made.close();
  expect((await sent).outcome).toBe('lost');
  expect((await made.send(batch({}), soon())).outcome).toBe('unreached');
});

test('what is given up is lost, and what the socket still holds of it is dropped', async () => {
  await serve(() => undefined);
  const { made, becomes } = stateOf();
  made.connect();
  await becomes(true);
  const [stalled] = [...sockets] as [Socket];
  stalled.pause();
  const data = Buffer.alloc(8 * 1024 * 1024, 1);
  const inputs = [{ name: 'x', datatype: 'INT8' as const, shape: [data.length], data }];
  const sent = made.send(batch({ inputs }), soon());
  await new Promise(setImmediate);
  made.giveUp('nothing is heard of it');
  expect(await sent).toEqual({ outcome: 'lost', cause: 'nothing is heard of it' });
  // Another caller's body comes to lie in that memory.
  data.fill(2);
  const read = await readToEnd(stalled, data.length);
  expect(read.length).toBeLessThan(data.length);
  expect(read.includes(data.subarray(0, 1000))).toBe(false);
  await becomes(true);
});

test('where nothing waits there is nothing to give up', async () => {
  await serve((_batch, id, socket) => {
    reply(socket, id);
  });
  const made = link();
  await made.send(batch({}), soon());
  made.giveUp('nothing is heard of it');
  expect(made.connected).toBe(true);
});

test('a batch over the size of a frame fails with its size', async () => {
  await serve(() => undefined);
  const made = link({ maxFrameBytes: 1000 });
  const input = { name: 'x', datatype: 'INT8' as const, shape: [2000], data: new Uint8Array(2000) };
  const attempt = await made.send(batch({ inputs: [input] }), soon());
  expect(attempt).toMatchObject({ outcome: 'failed', error: { code: 'too_large' } });
});

test('an address that is none is told at once', () => {
  for (const wrong of ['', 'unix:', 'tcp:host', 'tcp:host:99999', 'http://x']) {
    expect(() => createFramesLink({ address: wrong, secret: '' })).toThrow(RangeError);
  }
});
