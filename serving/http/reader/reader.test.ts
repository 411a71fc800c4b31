import { gzipSync } from 'node:zlib';
import { setImmediate as turn } from 'node:timers/promises';
import {
  closeTestServers,
  dialectFor,
  echoDialect,
  startTestServer,
} from '../../../tests/support/http-server';
import { closeRaw, openRaw } from '../../../tests/support/raw-http';
import { eventually } from '../../../tests/support/processes';

afterEach(closeTestServers);
afterEach(closeRaw);

const echo = (body: string): string =>
  `POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const management = 'GET /elsewhere HTTP/1.1\r\nHost: x\r\n\r\n';

/** The bodies of the answers in `text`, none of which has a line break. */
const bodies = (text: string): string[] =>
  text.split('HTTP/1.1 ').flatMap((answer) => answer.split('\r\n\r\n').slice(1));

describe('connections of our own reader', () => {
  it('are given to node:http in the order of their requests', async () => {
    const { port } = await startTestServer({
      fallback: (_request, response) => void response.end('managed'),
    });
    const client = openRaw(port);
    client.send(echo('one') + management + echo('two'));
    expect(bodies(await client.until(/two$/))).toEqual(['one', 'managed', 'two']);
  });

  it('are given away only when nothing is under way on them', async () => {
    let answer: (() => void) | undefined;
    const slow = dialectFor('/slow', async (exchange) => {
      await new Promise<void>((resolve) => (answer = resolve));
      exchange.reply(200, {}, 'slow');
    });
    const { port } = await startTestServer({
      dialects: [slow],
      fallback: (_request, response) => void response.end('managed'),
    });
    const client = openRaw(port);
    client.send(`GET /slow HTTP/1.1\r\nHost: x\r\n\r\n${management}`);
    const go = await eventually('the handler is asked', () => answer);
    for (let n = 0; n < 20; n += 1) await turn();
    go();
    expect(bodies(await client.until(/managed$/))).toEqual(['slow', 'managed']);
  });

  it('of proxies come back: what node:http has answered alone is closed', async () => {
    const { port } = await startTestServer({
      fallback: (_request, response) => void response.end('managed'),
    });
    const client = openRaw(port);
    client.send(management);
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*connection: close/i);
  });

  it('stay open where a dialect has answered what only node:http reads', async () => {
    const { port } = await startTestServer();
    const client = openRaw(port);
    const chunked = 'POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n';
    client.send(`${chunked}3\r\none\r\n0\r\n\r\n`);
    await client.until(/one\r\n0\r\n\r\n$|one$/);
    client.send(echo('two'));
    expect(await client.until(/two$/)).not.toMatch(/connection: close/);
  });

  it('that have nothing to say are closed after a while', async () => {
    const { port, told } = await startTestServer({ env: { KEEP_ALIVE_MS: '60' } });
    const silent = openRaw(port);
    const spoken = openRaw(port);
    spoken.send(echo('one'));
    expect(await spoken.closed()).toMatch(/one$/);
    expect(await silent.closed()).toBe('');
    expect(told).toHaveLength(1);
  });

  it('have no call for health wait behind a flood that came before it', async () => {
    const flood = 300;
    const { port, told } = await startTestServer();
    const clients = Array.from({ length: flood }, () => openRaw(port));
    const health = openRaw(port);
    const all = [...clients, health];
    for (const client of all) client.send(echo('here'));
    await Promise.all(all.map((client) => client.until(/here$/)));
    for (const client of clients) client.send(echo('flood'));
    health.send('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n');
    await Promise.all(clients.map((client) => client.until(/flood$/)));
    const before = told.findIndex(({ path }) => path === '/health/live') - all.length;
    expect(before).toBeGreaterThanOrEqual(0);
    expect(before).toBeLessThan(flood / 2);
  });

  it('keep large bodies whole, in pieces and behind one another', async () => {
    const { port } = await startTestServer();
    const client = openRaw(port);
    const large = 'x'.repeat(700_000);
    client.send(echo(large) + echo('small') + echo(large) + echo('last'));
    const text = await client.until(/last$/);
    expect(bodies(text).map((body) => body.length)).toEqual([700_000, 5, 700_000, 4]);
  });

  it('do not mix the bytes of two callers', async () => {
    const { port } = await startTestServer();
    const clients = ['a', 'b', 'c', 'd'].map((letter) => ({ letter, wire: openRaw(port) }));
    for (let n = 0; n < 50; n += 1) {
      for (const { letter, wire } of clients) wire.send(echo(letter.repeat(3000)));
    }
    for (const { letter, wire } of clients) {
      wire.send(echo('last'));
      const answered = bodies(await wire.until(/last$/));
      expect(answered).toHaveLength(51);
      expect(new Set(answered)).toEqual(new Set([letter.repeat(3000), 'last']));
    }
  });

  it('read packed bodies, and heads that differ in a byte, anew', async () => {
    const { url } = await startTestServer();
    for (const body of ['one', 'two', 'three', 'two']) {
      const headers = { 'content-encoding': 'gzip' };
      const packed = new Uint8Array(gzipSync(body));
      const answer = await fetch(`${url}/echo`, { method: 'POST', headers, body: packed });
      expect(await answer.text()).toBe(body);
    }
  });

  it('answer text that is not ASCII by its bytes', async () => {
    const words = dialectFor('/words', (exchange) => {
      exchange.reply(200, { 'content-type': 'text/plain' }, 'größer ✓');
    });
    const { url } = await startTestServer({ dialects: [words] });
    const answer = await fetch(`${url}/words`);
    expect(await answer.text()).toBe('größer ✓');
    expect(answer.headers.get('content-length')).toBe('12');
  });

  it('let no answer have a header that breaks lines', async () => {
    const split = dialectFor('/split', (exchange) => {
      exchange.reply(200, { 'x-a': 'b\r\nx-c: d' }, '');
    });
    const { url } = await startTestServer({ dialects: [split] });
    const answer = await fetch(`${url}/split`);
    expect([answer.status, answer.headers.get('x-c')]).toEqual([500, null]);
  });

  it('tell a handler that its caller has gone', async () => {
    let gone: boolean | undefined;
    const caller = { waits: false };
    const waiting = dialectFor('/wait', async (exchange) => {
      caller.waits = true;
      await new Promise<void>((resolve) => {
        exchange.signal.addEventListener('abort', () => {
          resolve();
        });
      });
      gone = exchange.gone;
      exchange.reply(200, {}, 'too late');
    });
    const { port, told } = await startTestServer({ dialects: [waiting, echoDialect()] });
    const client = openRaw(port);
    client.send('GET /wait HTTP/1.1\r\nHost: x\r\n\r\n');
    await eventually('the handler is asked', () => caller.waits || undefined);
    client.socket.destroy();
    await eventually('it is logged', () => told.length > 0 || undefined);
    expect(gone).toBe(true);
    expect(told).toMatchObject([{ status: 499, notes: { errorCode: 'client_closed' } }]);
  });
});
