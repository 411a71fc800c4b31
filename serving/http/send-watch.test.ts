import { connect, Socket } from 'node:net';
import { closeTestServers, dialectFor, startTestServer } from '../../tests/support/http-server';
import { eventually } from '../../tests/support/processes';
import { createSendWatch } from './send-watch';

/** More than the system takes in on the way. */
const answer = Buffer.alloc(64 * 1024 * 1024, 'x');

const callers: Socket[] = [];

afterEach(closeTestServers);
afterEach(() => {
  for (const caller of callers.splice(0)) caller.destroy();
});

describe('callers who do not read their answer', () => {
  const dialect = dialectFor('/large', (exchange) => {
    exchange.reply(200, { 'content-type': 'text/plain' }, answer);
    return Promise.resolve();
  });

  it.each([
    ['on the data path', '/large'],
    ['elsewhere', '/other'],
  ])('are cut off %s', async (_, path) => {
    const { port, server } = await startTestServer({
      dialects: [dialect],
      fallback: (_request, response) => response.end(answer),
      env: { SEND_TIMEOUT_MS: '200' },
    });
    const caller = connect(port, '127.0.0.1').on('error', () => undefined);
    callers.push(caller);
    caller.pause();
    caller.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await eventually('it is connected', () => server.connections() === 1 || undefined);
    await eventually('it is cut off', () => server.connections() === 0 || undefined);
  });

  it('have the limit only while an answer waits for them', () => {
    jest.useFakeTimers();
    const socket = new Socket();
    const limits: number[] = [];
    let waits = false;
    Object.defineProperty(socket, 'writableNeedDrain', { get: () => waits });
    socket.setTimeout = (ms) => {
      limits.push(ms);
      return socket;
    };
    const watch = createSendWatch(() => [socket], 400);
    jest.advanceTimersByTime(1000);
    expect(limits).toEqual([]);
    waits = true;
    jest.advanceTimersByTime(1000);
    expect(limits).toEqual([400]);
    waits = false;
    socket.emit('drain');
    jest.advanceTimersByTime(1000);
    expect(limits).toEqual([400, 0]);
    watch.close();
    jest.useRealTimers();
  });
});
