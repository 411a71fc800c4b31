import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHostCalls } from './host-calls';

describe('a call to a host that hangs', () => {
  const calls = createHostCalls('');
  let server: Server;
  let arrived: Promise<unknown>;
  let url: string;

  beforeAll(async () => {
    server = createServer();
    arrived = new Promise((resolve) => server.once('request', resolve));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await calls.close();
  });

  const request = { method: 'GET', path: '/', requestId: '' } as const;

  test('ends with host_lost when it is given up', async () => {
    const giving = new AbortController();
    const answered = calls.call(url, { ...request, timeoutMs: 300_000, signal: giving.signal });
    void arrived.then(() => {
      giving.abort();
    });
    await expect(answered).rejects.toMatchObject({ code: 'host_lost' });
  });

  test('ends with deadline_exceeded in time', async () => {
    const { signal } = new AbortController();
    const answered = calls.call(url, { ...request, timeoutMs: 20, signal });
    await expect(answered).rejects.toMatchObject({ code: 'deadline_exceeded' });
  });
});
