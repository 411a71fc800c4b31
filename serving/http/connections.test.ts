import { EventEmitter, once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { closeTestServers, dialectFor, startTestServer } from '../../tests/support/http-server';
import { closeRaw, openRaw, rawPost } from '../../tests/support/raw-http';
import { eventually } from '../../tests/support/processes';
import { Connections } from './connections';

afterEach(closeTestServers);
afterEach(closeRaw);

/** More than a stopping server waits before it ends idle connections. */
const longerThanLingerMs = 600;

/** As a long collection of garbage does, or a process that gets no processor. */
function holdEventLoop(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** Holds the event loop until the system has opened so many connections to this port of loopback. */
function holdUntilOpened(port: number, count: number): void {
  const address = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const established = new RegExp(`^ *\\d+: ${address} [0-9A-F:]+ 01 `, 'gm');
  const endsAt = performance.now() + 30_000;
  while ((readFileSync('/proc/net/tcp', 'latin1').match(established)?.length ?? 0) < count) {
    if (performance.now() > endsAt) throw new Error('the system does not open the connections');
    holdEventLoop(1);
  }
}

describe('connections', () => {
  it('answer pipelined requests in order', async () => {
    const { port } = await startTestServer();
    const client = openRaw(port);
    client.send(['one', 'two', 'six'].map((word) => rawPost('Content-Length: 3', word)).join(''));
    const text = await client.until(/six$/);
    expect([...text.matchAll(/\r\n\r\n(\w{3})/g)].map(([, word]) => word)).toEqual([
      'one',
      'two',
      'six',
    ]);
  });

  it('get 100 Continue only for a body that is wanted', async () => {
    const { port } = await startTestServer({ env: { MAX_BODY_BYTES: '1000' } });
    const wanted = openRaw(port);
    wanted.send(rawPost('Expect: 100-continue\r\nContent-Length: 3'));
    await wanted.until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
    wanted.send('yes');
    await wanted.until(/200 OK[^]*yes$/);
    const unwanted = openRaw(port);
    unwanted.send(rawPost('Expect: 100-continue\r\nContent-Length: 2000'));
    expect(await unwanted.until(/}}$/)).toMatch(/^HTTP\/1\.1 413 [^]*connection: close/);
  });

  it('answer HEAD like GET without a body', async () => {
    const { port } = await startTestServer();
    const client = openRaw(port);
    client.send('HEAD /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    const text = await client.closed();
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*content-length: 13\r\n[^]*\r\n\r\n$/);
  });

  it('tell OPTIONS what a path allows', async () => {
    const { url } = await startTestServer();
    const response = await fetch(`${url}/health/live`, { method: 'OPTIONS' });
    expect([response.status, response.headers.get('allow')]).toEqual([204, 'GET, HEAD']);
  });

  it('are known to have been open since they were accepted', async () => {
    const since: (number | undefined)[] = [];
    const asked = dialectFor('/asked', (exchange) => {
      since.push(exchange.ports?.since);
      exchange.reply(200, { 'content-type': 'text/plain' }, 'known');
    });
    const { port } = await startTestServer({ dialects: [asked] });
    const clients = [openRaw(port), openRaw(port)] as const;
    const ask = async (client: (typeof clients)[number]): Promise<void> => {
      client.send('GET /asked HTTP/1.1\r\nHost: x\r\n\r\n');
      await client.until(/known$/);
    };
    await ask(clients[1]);
    const accepted = performance.now();
    await ask(clients[0]);
    expect(since[1]).toBeLessThan(accepted);
  });

  it('are closed by a stopping server when they are answered, and none is cut off', async () => {
    let answer: (() => void) | undefined;
    const slow = dialectFor('/slow', async (exchange) => {
      await new Promise<void>((resolve) => (answer = resolve));
      exchange.reply(200, { 'content-type': 'text/plain' }, 'x'.repeat(5_000_000));
    });
    const { port, server } = await startTestServer({ dialects: [slow] });
    const client = openRaw(port);
    client.send('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
    const go = await eventually('the handler is asked', () => answer);
    await server.stopAccepting();
    const drained = server.drain(5000);
    go();
    const text = await client.closed();
    expect(text).toMatch(/connection: close/);
    expect(text.length).toBeGreaterThan(5_000_000);
    await drained;
    expect(server.connections()).toBe(0);
  });

  it('are answered by a stopping server if a request is there when it looks for idle ones', async () => {
    const { port, server } = await startTestServer();
    const client = openRaw(port);
    client.send(rawPost('Content-Length: 3', 'one'));
    await client.until(/one$/);
    await server.stopAccepting();
    const drained = server.drain(60_000);
    // What is due after a turn's immediates comes before the next reads.
    await new Promise(setImmediate);
    client.send(rawPost('Content-Length: 3', 'two'));
    holdEventLoop(longerThanLingerMs);
    expect(await client.closed()).toMatch(/connection: close\r\n[^]*two$/);
    await drained;
  });

  it('that the system has opened before a server stops are taken and answered', async () => {
    const { port, server } = await startTestServer();
    const clients = [1, 2, 3].map(() => openRaw(port));
    // They connect in this turn of the event loop; the server sees the first in the next.
    await new Promise<void>((done) => {
      process.nextTick(done);
    });
    holdUntilOpened(port, clients.length);
    const stopped = server.stopAccepting();
    for (const client of clients) client.send(rawPost('Content-Length: 3', 'one'));
    await stopped;
    const drained = server.drain(60_000);
    for (const client of clients) expect(await client.closed()).toMatch(/200 OK[^]*one$/);
    await drained;
    expect(server.connections()).toBe(0);
  });

  it('that become idle after the first look of a stopping server are ended by a later one', async () => {
    const connections = new Connections();
    const socketWith = (writableLength: number) => {
      const events = new EventEmitter();
      const destroy = (): boolean => events.emit('close');
      return Object.assign(events, { writableLength, bytesRead: 0, destroy });
    };
    const [idle, busy] = [socketWith(0), socketWith(1)];
    for (const socket of [idle, busy]) connections.add(socket as unknown as Socket);
    const looked = once(idle, 'close');
    const drained = connections.drained(10, 600_000);
    await looked;
    expect(connections.size).toBe(1);
    busy.writableLength = 0;
    await drained;
    expect(connections.size).toBe(0);
  });

  it('that never end are cut off at the deadline of the drain', async () => {
    const slow = dialectFor('/slow', () => new Promise<void>(() => undefined));
    const { port, server } = await startTestServer({ dialects: [slow] });
    const client = openRaw(port);
    client.send('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
    await eventually('it is connected', () => server.connections() > 0 || undefined);
    await server.stopAccepting();
    await server.drain(50);
    expect(server.connections()).toBe(0);
  });
});
