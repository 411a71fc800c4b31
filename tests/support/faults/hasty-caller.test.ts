import { once } from 'node:events';
import { Agent, createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { askInHaste } from './hasty-caller';

describe('a hasty caller', () => {
  let server: Server;

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  });

  afterEach(() => {
    jest.useRealTimers();
    server.closeAllConnections();
    server.close();
  });

  test('waits for nothing more when the answer breaks off in the middle', async () => {
    server = createServer((_, answer) => {
      answer.writeHead(200, { 'content-length': '10' });
      answer.write('half', () => answer.destroy());
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const call = { url: `http://127.0.0.1:${port}`, body: Buffer.of(1), agent: new Agent() };
    await expect(askInHaste({ ...call, leavesAfterMs: 1e6 })).rejects.toThrow('aborted');
    expect(jest.getTimerCount()).toBe(0);
  });
});
