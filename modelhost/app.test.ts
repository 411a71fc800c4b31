import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { ask, json, type AppServer } from '../tests/support/app-server';
import { startFakeModelhost, type FakeModelhost } from '../tests/support/fake-modelhost';

let host: FakeModelhost;
let server: AppServer;

beforeAll(async () => {
  host = await startFakeModelhost();
  server = host.server;
});

beforeEach(() => {
  host.reset();
});

afterAll(() => {
  host.close();
});

describe('greeting and test routes', () => {
  test.each(['/', '/modelhost', '/modelhost/'])('%s greets', async (route) => {
    const { status, body, headers } = await ask(server.url + route);
    expect(status).toBe(200);
    expect(headers.get('shoal-modelhost')).toBe('h-7');
    expect(JSON.stringify(body)).toContain('Greetings from Shoal');
  });

  test('says what it received, and counts', async () => {
    const before = host.counts.tests;
    const { body } = await ask(`${server.url}/modelhost/api/test/ONE%20%22%2F`);
    expect(body['http_status']).toMatchObject({
      description: 'Received "ONE "/" from modelhost h-7',
    });
    await ask(`${server.url}/modelhost/api/test`);
    expect(host.counts.tests).toBe(before + 2);
  });

  test('help lists the routes', async () => {
    expect((await ask(`${server.url}/help`)).text).toContain('/modelhost/models/<m>[:v]/download');
  });
});

describe('loads, for inferrers', () => {
  const load = (model: string, body: object) =>
    ask(`${server.url}/modelhost/models/${model}/load`, json(body));

  test('are held where the caller waits for all hosts, and kept when those serve it', async () => {
    expect((await load('iris', {})).body).toMatchObject({ generation: 11, version: 3 });
    await load('iris', { hold: true });
    const kept = await ask(`${server.url}/modelhost/models/iris/loaded`, json({}));
    expect(kept.body).toMatchObject({ generation: 14 });
    expect(host.calls).toEqual([
      ['load', 'iris'],
      ['load', 'iris', 'hold'],
      ['keep', 'iris'],
    ]);
    expect((await load('iris', { hold: 1 })).status).toBe(422);
  });

  test('that fail say which host it was', async () => {
    const { status, body } = await load('heavy', { hold: true });
    expect([status, body['error']]).toEqual([
      507,
      'Modelhost h-7 cannot serve it: It needs 300 MiB.',
    ]);
  });
});

describe('models', () => {
  test('are listed as FRACTAL does', async () => {
    const { body } = await ask(`${server.url}/modelhost/models`);
    expect(body['model_list']).toEqual(['iris.onnx', 'net.onnx']);
    const all = await ask(`${server.url}/modelhost/models/information`);
    expect(all.body['model_list']).toMatchObject([
      { model: 'iris.onnx', description: 'Flowers', version: 2 },
      { model: 'net.onnx', num_inputs: 4 },
    ]);
  });

  test('give an example of their input', async () => {
    const { status, body } = await ask(`${server.url}/modelhost/models/iris/example`);
    expect([status, body['inputs']]).toMatchObject([200, [{ name: 'X', shape: [1, 4] }]]);
  });

  test.each([
    '/modelhost/models/iris',
    '/modelhost/models/iris.onnx/information',
    '/modelhost/iris/information',
  ])('%s tells about one', async (route) => {
    const { body } = await ask(server.url + route);
    expect(body).toMatchObject({
      inputs_type: 'tensor(FP32)',
      num_inputs: 4,
      outputs: 'tensor(INT64)',
      description: 'Flowers',
      model_type: 'onnx',
      version: 2,
      default_version: 2,
      inputs: [{ name: 'X', datatype: 'FP32', shape: [null, 4] }],
      outputs_full: [{ name: 'label' }, { name: 'scores' }],
      sha256: '2'.repeat(64),
      opsets: { 'ai.onnx': 13 },
    });
  });

  test('a version and a label are told apart', async () => {
    const url = `${server.url}/modelhost/models`;
    expect((await ask(`${url}/iris:1`)).body['version']).toBe(1);
    expect((await ask(`${url}/iris:old/information`)).body['version']).toBe(1);
    expect((await ask(`${url}/iris:9`)).status).toBe(404);
    expect((await ask(`${url}/nothing`)).body['code']).toBe('unknown_model');
    expect((await ask(`${url}/nothing.pkl`)).status).toBe(409);
  });

  test('default, description and deletion reach the repository', async () => {
    const url = `${server.url}/modelhost/models/iris.onnx`;
    expect((await ask(`${url}/default`, json({ default: 1 }))).body['generation']).toBe(9);
    const text = { model_description: 'New' };
    for (const route of [url, `${url}/information`, `${server.url}/modelhost/iris/information`]) {
      expect((await ask(route, json(text))).body['generation']).toBe(10);
    }
    const deleted = await ask(`${url}:2`, { method: 'DELETE' });
    expect([deleted.status, deleted.text]).toEqual([204, '']);
    expect(deleted.headers.get('shoal-generation')).toBe('8');
    expect(host.calls).toEqual([
      ['setDefault', 'iris', 1],
      ['describe', 'iris', 'New'],
      ['describe', 'iris', 'New'],
      ['describe', 'iris', 'New'],
      ['remove', 'iris', '2'],
    ]);
    expect((await ask(`${server.url}/modelhost/models/nothing`, { method: 'DELETE' })).status).toBe(
      404,
    );
  });

  test.each([
    [undefined, /No json data/],
    [{}, /No model_description/],
    [{ model_description: 5 }, /must be a string, got 5/],
    [[1], /No json data/],
  ])('a description of %j is refused', async (body, message) => {
    const init = body === undefined ? { method: 'POST' } : json(body);
    const { status, body: answer } = await ask(`${server.url}/modelhost/models/iris`, init);
    expect(status).toBe(422);
    expect(answer['error']).toMatch(message);
  });

  test.each([{ default: 0 }, { default: '1' }, { default: 1.5 }, {}, []])(
    'a default of %j is refused',
    async (body) => {
      const { status } = await ask(`${server.url}/modelhost/models/iris/default`, json(body));
      expect(status).toBe(422);
    },
  );

  test('update answers when it has happened', async () => {
    const { status, body } = await ask(`${server.url}/modelhost/models/update`, { method: 'POST' });
    expect([status, body['model_list']]).toEqual([200, ['iris.onnx', 'net.onnx']]);
  });

  test('the catalog is handed out as it is', async () => {
    const { body } = await ask(`${server.url}/modelhost/catalog?since=r%201`);
    expect(body).toMatchObject({ host: 'h-7', revision: 'h-7-2' });
    expect(host.calls).toEqual([['since', 'r 1']]);
  });

  test('download gives the bytes, their hash and a name', async () => {
    const url = `${server.url}/modelhost/models/iris:1/download`;
    const { text, headers } = await ask(url);
    expect(text).toBe('the bytes');
    const sha256 = createHash('sha256').update('the bytes').digest('hex');
    expect(headers.get('etag')).toBe(`"${sha256}"`);
    expect(headers.get('content-disposition')).toBe('attachment; filename=iris.onnx');
    expect(headers.get('content-type')).toBe('application/octet-stream');
    // Any other cache mode makes fetch say no-cache, which asks for the bytes.
    const headersKnown = { 'if-none-match': `"${sha256}"` };
    const init: object = { headers: headersKnown, cache: 'force-cache' };
    const again = await ask(url, init);
    expect(again.status).toBe(304);
    const part = await ask(url, { headers: { range: 'bytes=4-8' } });
    expect([part.status, part.text]).toEqual([206, 'bytes']);
  });
});

describe('whatever comes', () => {
  test('405 says what is possible', async () => {
    const { status, headers } = await ask(`${server.url}/modelhost/models/iris/download`, json({}));
    expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  test('names reach nothing outside', async () => {
    const odd = [
      '..',
      '%2e%2e',
      '..%2f..%2fetc%2fpasswd',
      'a%2fb',
      '%5c',
      '%00',
      '%zz',
      '-a',
      'api',
    ];
    const name = fc.oneof(fc.constantFrom(...odd), fc.string().map(encodeURIComponent));
    const method = fc.constantFrom('GET', 'PUT', 'DELETE', 'POST');
    const tail = fc.constantFrom('', '/information', '/default', '/download', '/x/y');
    await fc.assert(
      fc.asyncProperty(name, method, tail, async (segment, verb, rest) => {
        host.reset();
        const [status, text] = await raw(verb, `/modelhost/models/${segment}${rest}`);
        expect(status).toBeLessThan(500);
        const body = (status < 400 ? {} : JSON.parse(text)) as { http_status?: { code: number } };
        expect(body.http_status?.code ?? status).toBe(status);
        for (const [, model] of host.calls as [string, string][]) {
          expect(model).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/);
        }
        expect(host.staged()).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  /** Sends a path as it is, which fetch would tidy up. */
  function raw(method: string, target: string): Promise<[number, string]> {
    return new Promise((resolve, reject) => {
      const { port } = server;
      const headers = { 'content-type': 'application/json' };
      const client = httpRequest({ port, method, path: target, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          resolve([response.statusCode ?? 0, Buffer.concat(chunks).toString()]);
        });
      });
      client.on('error', reject);
      client.end(method === 'PUT' || method === 'POST' ? '{}' : undefined);
    });
  }
});
