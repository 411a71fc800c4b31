import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ask } from '../tests/support/app-server';
import { hostAt, sharedFakeInferrer } from '../tests/support/fake-inferrer';

const inferrer = sharedFakeInferrer();
const { at } = inferrer;

function upload(file: File, field = 'path'): RequestInit {
  const body = new FormData();
  body.append('model_description', 'Mine');
  body.append(field, file);
  return { method: 'PUT', body, headers: { 'shoal-publish': 'now', 'x-forwarded-for': '1.2.3.4' } };
}

describe('uploads', () => {
  test('a form is held by one host and becomes the default of all', async () => {
    const { status, body } = await ask(
      at('/api/v1/models/new.onnx'),
      upload(new File(['bytes'], 'a.onnx')),
    );
    expect(status).toBe(201);
    expect(body).toMatchObject({
      model: 'new',
      version: 3,
      created: true,
      hosts: [{ host: 'h-7', version: 3, state: 'ready' }],
    });
    expect(inferrer.host.published).toMatchObject([
      { bytes: 'bytes', options: { hold: true, description: 'Mine' } },
    ]);
    expect(inferrer.host.calls).toEqual([['setDefault', 'new', 3]]);
  });

  test('a raw body is taken too; the same bytes again are 200', async () => {
    const url = at('/api/v1/models/new');
    expect((await ask(url, { method: 'PUT', body: 'bytes' })).status).toBe(201);
    expect((await ask(url, { method: 'PUT', body: 'same' })).status).toBe(200);
  });

  test.each([
    ['a wrong field', upload(new File(['x'], 'a.onnx'), 'model'), 422, /must be 'path'/],
    ['a wrong extension', upload(new File(['x'], 'a.exe')), 415, /\.exe/],
    ['a bad model', upload(new File(['bad'], 'a.onnx')), 422, /no ONNX model/],
    ['more than the host takes', upload(new File(['x'.repeat(150_000)], 'a.onnx')), 413, /100000/],
    ['more than we take', upload(new File(['x'.repeat(250_000)], 'a.onnx')), 413, /200000/],
  ])('%s is refused', async (_what, init, status, message) => {
    const answer = await ask(at('/api/v1/models/new'), init);
    expect([answer.status, answer.body['error']]).toEqual([status, expect.stringMatching(message)]);
    expect(inferrer.host.staged()).toEqual([]);
  });

  test('a host says when to come again', async () => {
    const response = await fetch(at('/api/v1/models/new'), { method: 'PUT', body: 'one too many' });
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '17']);
    await response.body?.cancel();
  });

  test('ten gigabytes are refused before they come', async () => {
    const status = await new Promise((resolve, reject) => {
      const headers = { 'content-length': 10_000_000_000, expect: '100-continue' };
      const path = '/api/v1/models/new';
      const client = httpRequest({ port: inferrer.server.port, method: 'PUT', path, headers });
      client.on('response', (response) => {
        resolve(response.statusCode);
        client.destroy();
      });
      client.on('error', reject);
      client.flushHeaders();
    });
    expect(status).toBe(413);
  });

  test('a body without a length is cut off at the limit', async () => {
    const stream = new ReadableStream({
      pull(controller) {
        controller.enqueue(Buffer.alloc(64 * 1024));
      },
    });
    const init = { method: 'PUT', body: stream, duplex: 'half' } as const;
    const response = await fetch(at('/api/v1/models/new'), init);
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ code: 'too_large' });
    expect(inferrer.host.published).toEqual([]);
  });

  test('nobody there is 503 with Retry-After', async () => {
    inferrer.registry.set([]);
    const { status, headers } = await ask(at('/api/v1/models/new'), { method: 'PUT', body: 'x' });
    expect([status, headers.get('retry-after')]).toEqual([503, '1']);
  });
});

describe('a host that dies', () => {
  let dying: Server;
  let behave: Parameters<typeof createServer>[1];

  beforeAll(async () => {
    dying = createServer((request, response) => {
      behave?.(request, response);
    });
    await new Promise<void>((resolve) => dying.listen(0, '127.0.0.1', resolve));
  });

  beforeEach(() => {
    const { port } = dying.address() as AddressInfo;
    inferrer.registry.set([hostAt('h-9', `http://127.0.0.1:${port}`)]);
  });

  afterAll(() => {
    dying.close();
    dying.closeAllConnections();
  });

  test('within an upload is 503', async () => {
    behave = (request) => {
      request.once('data', () => request.socket.destroy());
    };
    const init = { method: 'PUT', body: 'x'.repeat(100_000) };
    const { status, body } = await ask(at('/api/v1/models/new'), init);
    expect([status, body['code']]).toEqual([503, 'host_lost']);
  });

  test('before it answers a download is 503', async () => {
    behave = (request) => {
      request.socket.destroy();
    };
    expect((await ask(at('/api/v1/models/iris/download'))).status).toBe(503);
  });

  test('within a download breaks the connection', async () => {
    behave = (request, response) => {
      response.writeHead(200, { 'content-length': 1000 });
      response.write('some', () => request.socket.destroy());
    };
    const response = await fetch(at('/api/v1/models/iris/download'));
    await expect(response.arrayBuffer()).rejects.toThrow();
  });

  test("gets neither the client's token nor its internal headers", async () => {
    let seen: object = {};
    behave = (request, response) => {
      seen = request.headers;
      response.end('x');
    };
    const headers = {
      authorization: 'Bearer t',
      'shoal-host': 'h-1',
      'x-forwarded-for': '1.2.3.4',
      'x-request-id': 'mine',
    };
    await ask(at('/api/v1/models/iris/download'), { headers });
    expect(seen).toMatchObject({ 'shoal-cluster-secret': 's3cret', 'x-request-id': 'mine' });
    const names = Object.keys(seen);
    for (const name of ['authorization', 'shoal-host', 'x-forwarded-for']) {
      expect(names).not.toContain(name);
    }
  });
});
