import { setImmediate as turn } from 'node:timers/promises';
import { gzipSync, deflateRawSync, deflateSync } from 'node:zlib';
import { closeTestServers, dialectFor, startTestServer } from '../../tests/support/http-server';
import { closeRaw, jsonOf, openRaw, rawPost } from '../../tests/support/raw-http';
import { eventually } from '../../tests/support/processes';

afterEach(closeTestServers);
afterEach(closeRaw);

describe('bodies that lie', () => {
  it('over the limit by their own word are refused at once, with the numbers', async () => {
    const { port } = await startTestServer({ env: { MAX_BODY_BYTES: '1000' } });
    const client = openRaw(port);
    client.send(rawPost('Content-Length: 5000000000'));
    const text = await client.until(/}}$/);
    expect(text).toMatch(/^HTTP\/1\.1 413 .*\r\n/);
    expect(text).toMatch(/connection: close/);
    expect(jsonOf(text)).toMatchObject({
      code: 'too_large',
      error: expect.stringMatching(/at most 1000 bytes, came 5000000000/) as string,
    });
  });

  it('over the limit in chunks are refused when they pass it', async () => {
    const { port } = await startTestServer({ env: { MAX_BODY_BYTES: '1000' } });
    const client = openRaw(port);
    client.send(rawPost('Transfer-Encoding: chunked'));
    for (let n = 0; n < 20; n += 1) client.send(`64\r\n${'x'.repeat(100)}\r\n`);
    expect(await client.until(/}}$/)).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('that are a little too long leave the connection usable', async () => {
    const { port } = await startTestServer({ env: { MAX_BODY_BYTES: '1000' } });
    const client = openRaw(port);
    client.send(rawPost('Content-Length: 2000', 'x'.repeat(2000)));
    expect(await client.until(/}}$/)).toMatch(/^HTTP\/1\.1 413 /);
    client.send(rawPost('Content-Length: 2', 'ok'));
    expect(await client.until(/ok$/)).toMatch(/HTTP\/1\.1 200 OK/);
  });

  it('longer than said are a broken next request', async () => {
    const { port } = await startTestServer();
    const client = openRaw(port);
    client.send(rawPost('Content-Length: 2', 'abcdefgh\r\n\r\n'));
    const text = await client.closed();
    expect(text).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(text).toContain('\r\n\r\nab');
  });

  it('shorter than said time out, and the caller is told how much came', async () => {
    const { port, told } = await startTestServer({ env: { BODY_TIMEOUT_MS: '40' } });
    const client = openRaw(port);
    client.send(rawPost('Content-Length: 10', 'half'));
    const text = await client.closed();
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
    expect(jsonOf(text)).toMatchObject({
      code: 'body_timeout',
      error: expect.stringMatching(/within 40 ms; 4 bytes/) as string,
    });
    expect(told[0]).toMatchObject({ status: 408, notes: { errorCode: 'body_timeout' } });
  });

  it('dripping byte by byte time out', async () => {
    const { port } = await startTestServer({ env: { BODY_TIMEOUT_MS: '60' } });
    const client = openRaw(port);
    client.send(rawPost('Content-Length: 100000'));
    const drip = setInterval(() => {
      client.send('x');
    }, 5);
    client.socket.once('close', () => {
      clearInterval(drip);
    });
    const text = await client.until(/}}$/);
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('whose sender leaves are noted as such', async () => {
    const { port, told, inFlight } = await startTestServer();
    const client = openRaw(port);
    client.send(rawPost('Content-Length: 10', 'half'));
    await new Promise<void>((resolve) => client.socket.once('connect', resolve));
    client.socket.end();
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 400 /);
    await eventually('it is logged', () => told.length > 0 || undefined);
    expect(told).toMatchObject([{ status: 499, notes: { errorCode: 'client_closed' } }]);
    expect(inFlight()).toBe(0);
  });

  it('together over the allowance of the process are refused as overload', async () => {
    const { port } = await startTestServer({ env: { BODIES_MAX_BYTES: '1000' } });
    const first = openRaw(port);
    first.send(rawPost('Transfer-Encoding: chunked', `384\r\n${'x'.repeat(900)}\r\n`));
    const second = openRaw(port);
    second.send(rawPost('Transfer-Encoding: chunked', `384\r\n${'x'.repeat(900)}\r\n`));
    const text = await Promise.race([first.until(/}}$/), second.until(/}}$/)]);
    expect(text).toMatch(/^HTTP\/1\.1 503 /);
    expect(text).toMatch(/retry-after: 1/);
  });
});

describe('packed bodies', () => {
  async function packed(encoding: string, body: Buffer, limit = '100000'): Promise<Response> {
    const { url } = await startTestServer({ env: { MAX_BODY_BYTES: limit } });
    const headers = { 'content-encoding': encoding };
    return fetch(`${url}/echo`, { method: 'POST', headers, body: new Uint8Array(body) });
  }

  it('are unpacked, gzip and deflate with its zlib wrapper', async () => {
    expect(await (await packed('gzip', gzipSync('hello'))).text()).toBe('hello');
    expect(await (await packed('deflate', deflateSync('hello'))).text()).toBe('hello');
    expect(await (await packed('identity', Buffer.from('hello'))).text()).toBe('hello');
  });

  it('are refused when they are broken', async () => {
    const whole = gzipSync('hello'.repeat(1000));
    for (const [encoding, body] of [
      ['gzip', whole.subarray(0, whole.length - 12)],
      ['gzip', Buffer.from('no gzip at all')],
      ['deflate', deflateRawSync('hello')],
      ['gzip', Buffer.alloc(0)],
    ] as const) {
      const response = await packed(encoding, body);
      expect([response.status, await response.json()]).toMatchObject([
        400,
        { code: 'malformed_body' },
      ]);
    }
  });

  it('are refused when they would unpack to more than the limit, without unpacking it', async () => {
    const bomb = gzipSync(Buffer.alloc(200_000_000));
    const before = process.memoryUsage().rss;
    const response = await packed('gzip', bomb, '1000000');
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ code: 'too_large', limit_bytes: 1_000_000 });
    expect(process.memoryUsage().rss - before).toBeLessThan(50_000_000);
  });

  it('in other encodings are refused with those that are offered', async () => {
    const response = await packed('br', Buffer.from('x'));
    expect(response.status).toBe(415);
    expect(response.headers.get('accept-encoding')).toBe('gzip, deflate');
    expect(await response.json()).toMatchObject({ code: 'unsupported_encoding' });
  });
});

describe('requests that are none', () => {
  it.each([
    ['garbage', 'garbage\r\n\r\n', 400],
    ['two lengths', rawPost('Content-Length: 2\r\nContent-Length: 3', 'abc'), 400],
    [
      'length and chunks',
      rawPost('Content-Length: 2\r\nTransfer-Encoding: chunked', '0\r\n\r\n'),
      400,
    ],
    ['a negative length', rawPost('Content-Length: -1'), 400],
    ['a broken chunk', rawPost('Transfer-Encoding: chunked', 'zz\r\n'), 400],
    ['huge headers', rawPost(`X-Huge: ${'x'.repeat(40_000)}`), 431],
    ['a backslash in the path', 'GET /a\\b HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['no Host', 'POST /echo HTTP/1.1\r\nContent-Length: 0\r\n\r\n', 400],
    ['no Host, with Expect', 'POST /echo HTTP/1.1\r\nExpect: 100-continue\r\n\r\n', 400],
    ['an unknown expectation', rawPost('Expect: tea\r\nContent-Length: 0'), 400],
  ])('%s: the error body as JSON', async (_what, bytes, status) => {
    const { port } = await startTestServer();
    const client = openRaw(port);
    client.send(bytes);
    const text = await client.until(/}}$/);
    expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(jsonOf(text)).toMatchObject({
      error: expect.any(String) as string,
      http_status: { code: status },
    });
  });

  it('headers that do not come to an end are answered 408', async () => {
    const { port } = await startTestServer({ env: { HEADERS_TIMEOUT_MS: '60' } });
    const client = openRaw(port);
    client.send('GET /echo HTTP/1.1\r\nHost: x\r\n');
    const text = await client.closed();
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
    expect(jsonOf(text)).toMatchObject({ code: 'body_timeout' });
  });

  it('after a good one wait until that is answered', async () => {
    let answer: (() => void) | undefined;
    const slow = dialectFor('/slow', async (exchange) => {
      await new Promise<void>((resolve) => (answer = resolve));
      exchange.reply(200, { 'content-type': 'text/plain' }, 'slow');
    });
    const { port } = await startTestServer({ dialects: [slow] });
    const client = openRaw(port);
    client.send('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
    const go = await eventually('the handler is asked', () => answer);
    client.send('garbage\r\n\r\n');
    for (let n = 0; n < 20; n += 1) await turn();
    go();
    const text = await client.closed();
    expect(text).toMatch(/^HTTP\/1\.1 200 OK[^]*connection: close[^]*slow$/i);
  });
});

describe('faults', () => {
  it('of a handler are 500 without a word of what it was', async () => {
    const broken = dialectFor('/broken', () => {
      throw new Error('secret /root/path');
    });
    const silent = dialectFor('/silent', () => undefined);
    const { url } = await startTestServer({ dialects: [broken, silent] });
    for (const path of ['/broken', '/silent']) {
      const response = await fetch(url + path);
      const text = await response.text();
      expect(response.status).toBe(500);
      expect(JSON.parse(text)).toMatchObject({ code: 'internal' });
      expect(text).not.toContain('secret');
    }
  });

  it('of a taken port name the port and the setting', async () => {
    const { port } = await startTestServer();
    await expect(startTestServer({ env: { PORT: String(port) } })).rejects.toThrow(
      new RegExp(`^PORT: port ${port} on 127.0.0.1 is taken.*set PORT`),
    );
  });
});
