import { connect, Socket } from 'node:net';
import { closeTestServers, dialectFor, startTestServer } from '../../tests/support/http-server';
import { eventually } from '../../tests/support/processes';
import { createSendWatch } from './send-watch';

/** More than the system takes in on the way. */
const answer = Buffer.alloc(64 * 1024 * 1024, 'x');

const timeoutMs = 200;

const callers: Socket[] = [];
const timers: NodeJS.Timeout[] = [];

afterEach(closeTestServers);
afterEach(() => {
  for (const timer of timers.splice(0)) clearTimeout(timer);
  for (const caller of callers.splice(0)) caller.destroy();
});

describe.each([
  ['on the data path', '/large'],
  ['elsewhere', '/other'],
])('callers who do not read their answer %s', (_, path) => {
  const dialect = dialectFor('/large', (exchange) => {
    exchange.reply(200, { 'content-type': 'text/plain' }, answer);
    return Promise.resolve();
  });

  /** A server, and a caller who has asked it and reads nothing. */
  async function asked(header = 'Accept: */*') {
    const { port, server } = await startTestServer({
      dialects: [dialect],
      fallback: (_request, response) => response.end(answer),
      env: { SEND_TIMEOUT_MS: String(timeoutMs) },
    });
    const caller = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    callers.push(caller.on('error', () => undefined));
    caller.pause();
    caller.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n${header}\r\n\r\n`);
    await eventually('it is connected', () => server.connections() === 1 || undefined);
    return { caller, server };
  }

  it('are cut off', async () => {
    const { server } = await asked();
    await eventually('it is cut off', () => server.connections() === 0 || undefined);
  });

  it('are cut off where the answer ends the connection', async () => {
    const { server } = await asked('Connection: close');
    await eventually('it is cut off', () => server.connections() === 0 || undefined);
  });

  it('are cut off where they have closed their side', async () => {
    const { caller, server } = await asked();
    caller.end();
    await eventually('it is cut off', () => server.connections() === 0 || undefined);
  });

  it('are cut off however much they send', async () => {
    const { caller, server } = await asked();
    caller.write('GET /next HTTP/1.1\r\nname: ');
    timers.push(setInterval(() => caller.write('x'), timeoutMs / 10));
    await eventually('it is cut off', () => server.connections() === 0 || undefined);
  });

  it('are not cut off while they take some of it now and then', async () => {
    const { caller } = await asked();
    let taken = 0;
    let pauseAt = 0;
    caller.on('data', ({ length }) => {
      taken += length;
      if (taken < pauseAt) return;
      pauseAt = taken + answer.length / 8;
      caller.pause();
      timers.push(setTimeout(() => caller.resume(), timeoutMs / 4));
    });
    caller.resume();
    await eventually('it has all', () => taken > answer.length || undefined);
  });
});

describe('an answer that waits', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('has the limit anew whenever some of it has been taken', () => {
    const socket = new Socket();
    const size = 1000;
    let queued = 0;
    Object.defineProperty(socket, 'writableLength', { get: () => (queued === 0 ? 0 : size) });
    Object.assign(socket, { _handle: { bytesWritten: size, writeQueueSize: 0, close: () => 0 } });
    const queue = (bytes: number): void => {
      queued = bytes;
      Object.assign((socket as unknown as { _handle: object })._handle, { writeQueueSize: bytes });
    };
    const watch = createSendWatch(() => [socket], 400);
    jest.advanceTimersByTime(10_000);
    for (const bytes of [900, 500, 499, 0, 800]) {
      queue(bytes);
      jest.advanceTimersByTime(400);
      expect(socket.destroyed).toBe(false);
    }
    jest.advanceTimersByTime(200);
    expect(socket.destroyed).toBe(true);
    watch.close();
  });
});
