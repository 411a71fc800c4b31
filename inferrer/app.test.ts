import { request as httpRequest } from 'node:http';
import fc from 'fast-check';
import { ask, json } from '../tests/support/app-server';
import { hostCatalog, modelEntry } from '../tests/support/catalogs';
import { hostAt, sharedFakeInferrer } from '../tests/support/fake-inferrer';
import { knownHost } from '../tests/support/fake-registry';

const inferrer = sharedFakeInferrer();
const { at } = inferrer;

describe('greeting, help and test routes', () => {
  test('greet with the envelope', async () => {
    const { status, body } = await ask(at('/'));
    expect([status, body['http_status']]).toMatchObject([200, { code: 200, name: 'OK' }]);
    const help = await ask(at('/help'));
    expect(help.headers.get('content-type')).toContain('text/plain');
    expect(help.text).toContain('/api/v1/models/<m>[:v]/prediction');
    const before = inferrer.counts.tests;
    expect((await ask(at('/api/test/'))).status).toBe(200);
    expect(inferrer.counts.tests).toBe(before + 1);
  });

  test.each(['/api/test/sendtomodelhost', '/api/test/sendtomodelhost/'])(
    '%s tells who received what, in order',
    async (path) => {
      const data = ['ONE', 'TWO', 'TH/REE', 4];
      const { status, body } = await ask(at(path), json({ data }));
      expect(status).toBe(200);
      const expected = data.map((item) => ({ data: String(item), node: 'h-7', code: 200 }));
      expect(body['responses']).toEqual(expected);
    },
  );

  test('a GET with a body is served as well', async () => {
    const text = await new Promise<string>((resolve, reject) => {
      const path = '/api/test/sendtomodelhost/';
      const body = '{"data":["ONE"]}';
      const headers = { 'content-type': 'application/json', 'content-length': body.length };
      const client = httpRequest({ port: inferrer.server.port, path, headers }, (response) => {
        response.setEncoding('utf8').on('data', resolve);
      });
      client.on('error', reject);
      client.end(body);
    });
    expect(text).toContain('"node":"h-7"');
  });

  test('all hosts get their share, and one that is away is told', async () => {
    inferrer.registry.set([
      hostAt('h-7', inferrer.host.server.url),
      hostAt('h-8', 'http://127.0.0.1:1'),
    ]);
    const data = ['1', '2', '3', '4'];
    const { status, body } = await ask(at('/api/test/sendtomodelhost'), json({ data }));
    expect([status, body['code']]).toEqual([500, 'host_check_failed']);
    expect(body['error']).toContain('One or more modelhosts returned non 2XX HTTP code');
    const lines = body['responses'] as { code: number }[];
    expect(lines.map(({ code }) => code).sort()).toEqual([200, 200, 503, 503]);
  });

  test.each([
    [undefined, 'No json data provided {data:list}'],
    [{}, 'No test data provided (data:[...])'],
    [{ data: 'ONE' }, 'Test data is not a list enclosed by squared brackets'],
    [{ data: [{}] }, 'data[0] must be a text'],
  ])('data of %j is refused', async (body, message) => {
    const init = body === undefined ? { method: 'POST' } : json(body);
    const { status, body: answer } = await ask(at('/api/test/sendtomodelhost'), init);
    expect(status).toBe(422);
    expect(answer['error']).toContain(message);
  });
});

describe('models', () => {
  test('are listed and described', async () => {
    const list = await ask(at('/api/v1/models/'));
    expect(list.body['model_list']).toEqual(['iris.onnx', 'net.onnx']);
    const all = await ask(at('/api/v1/models/information'));
    expect(all.body['model_list']).toHaveLength(2);
    for (const path of ['/api/v1/models/iris', '/api/v1/models/iris.onnx:2/information']) {
      expect((await ask(at(path))).body).toMatchObject({ num_inputs: 4, version: 2 });
    }
    expect((await ask(at('/api/v1/models/other'))).status).toBe(404);
    expect((await ask(at('/api/v1/models/other.tflite'))).status).toBe(409);
  });

  test('give an example of their input', async () => {
    const { status, headers, body } = await ask(at('/api/v1/models/iris.onnx:2/example'));
    expect([status, headers.get('shoal-example')]).toEqual([200, 'untried']);
    expect(body['inputs']).toMatchObject([{ name: 'X', datatype: 'FP32', shape: [1, 4] }]);
    expect((await ask(at('/api/v1/models/iris:9/example'))).status).toBe(404);
    expect((await ask(at('/api/v1/models/other/example'))).status).toBe(404);
  });

  test('default, description, deletion and update act on the cluster', async () => {
    const url = at('/api/v1/models/iris.onnx');
    const switched = await ask(`${url}/default`, json({ default: 1 }));
    expect(switched.body).toMatchObject({ version: 1, hosts: [{ host: 'h-7', state: 'ready' }] });
    const described = await ask(url, json({ model_description: 'New' }));
    expect(described.body).toMatchObject({ description: 'New', hosts: [{ host: 'h-7' }] });
    const deleted = await ask(`${url}:2`, { method: 'DELETE' });
    expect([deleted.status, deleted.text]).toEqual([204, '']);
    expect(inferrer.host.calls).toEqual([
      ['hold', 'iris', 1],
      ['setDefault', 'iris', 1],
      ['describe', 'iris', 'New'],
      ['remove', 'iris', '2'],
    ]);
    for (const method of ['GET', 'POST']) {
      const { status, body } = await ask(at('/api/v1/models/updatemodelhosts'), { method });
      expect([status, body['hosts']]).toMatchObject([200, [{ node: 'h-7', code: 200 }]]);
    }
    expect((await ask(at('/api/v1/models/nothing'), { method: 'DELETE' })).status).toBe(404);
  });

  test('labels are set, listed and taken away', async () => {
    const url = at('/api/v1/models/iris/labels');
    inferrer.registry.set([
      knownHost('h-7', {
        url: inferrer.host.server.url,
        catalog: hostCatalog('h-7', [modelEntry('iris', { generation: 20 })]),
      }),
    ]);
    expect((await ask(url)).body['labels']).toEqual({ old: 1 });
    const put = { ...json({ version: 1 }), method: 'PUT' };
    const set = await ask(`${url}/stable`, put);
    const hosts = [{ host: 'h-7', state: 'ready' }];
    expect(set.body).toMatchObject({ model: 'iris', label: 'stable', version: 1, hosts });
    expect((await ask(`${url}/stable`, { method: 'DELETE' })).status).toBe(204);
    expect(inferrer.host.calls).toEqual([
      ['hold', 'iris', 1],
      ['label', 'iris', 'stable', 1],
      ['unlabel', 'iris', 'stable'],
    ]);
    for (const wrong of ['3', '3a', 'a%20b', `a${'b'.repeat(64)}`]) {
      expect((await ask(`${url}/${wrong}`, put)).body['code']).toBe('invalid_name');
    }
    for (const body of [{}, { version: 0 }, { version: 'stable' }, []]) {
      const refused = await ask(`${url}/stable`, { ...json(body), method: 'PUT' });
      expect(refused.body['code']).toBe('invalid_request');
    }
  });

  test('variants are set, told and ended', async () => {
    const url = at('/api/v1/models/iris/variants');
    inferrer.registry.set([
      knownHost('h-7', {
        url: inferrer.host.server.url,
        catalog: hostCatalog('h-7', [modelEntry('iris', { generation: 20 })]),
      }),
    ]);
    expect((await ask(url)).body).toMatchObject({ model: 'iris', variants: [] });
    const variants = [{ version: 1, weight: 2.5 }];
    const put = (body: unknown) => ask(url, { ...json(body), method: 'PUT' });
    const set = await put({ variants, sticky: { header: 'X-User' } });
    const sticky = { header: 'x-user' };
    expect(set.body).toMatchObject({ variants, sticky, hosts: [{ host: 'h-7', state: 'ready' }] });
    expect((await ask(url, { method: 'DELETE' })).status).toBe(204);
    expect(inferrer.host.calls).toEqual([
      ['hold', 'iris', 1],
      ['spread', 'iris', { variants, sticky }],
      ['unspread', 'iris'],
    ]);
    const one = { version: 1, weight: 1 };
    for (const [wrong, said] of [
      [undefined, 'No json data provided {variants:list}'],
      [{ variants: [] }, 'variants or shadow'],
      [{ variants: 1 }, 'a list of at most 16'],
      [{ shadow: { version: 1, share: 0 } }, 'a number above 0 and at most 1'],
      [{ variants: [one, one] }, 'of different versions'],
      [{ variants: [{ ...one, weight: 0 }] }, 'a weight above 0'],
      [{ variants: [{ ...one, weight: -1 }] }, 'a number from 0'],
      [{ variants: [{ ...one, version: 0 }] }, 'the number of a version'],
      [{ variants, sticky: { header: 'a b' } }, 'the name of a header'],
      [{ variants, colour: 'red' }, 'colour'],
    ] as const) {
      const { body } = await put(wrong);
      expect(body).toMatchObject({
        code: 'invalid_request',
        error: expect.stringContaining(said) as string,
      });
    }
  });

  test('a canary is begun, told and ended', async () => {
    const url = at('/api/v1/models/iris/canary');
    inferrer.registry.set([
      knownHost('h-7', {
        url: inferrer.host.server.url,
        catalog: hostCatalog('h-7', [modelEntry('iris', { generation: 20 })]),
      }),
    ]);
    expect((await ask(url)).status).toBe(404);
    const put = (body: unknown) => ask(url, { ...json(body), method: 'PUT' });
    const [limits, sticky] = [{ error_rate: 0.5, disagreement: 0.1 }, { header: 'x-user' }];
    const set = await put({ version: 1, steps: [5], every: '2m', limits, sticky });
    expect(set.body).toMatchObject({ version: 1, hosts: [{ host: 'h-7', state: 'ready' }] });
    expect((await ask(url, { method: 'DELETE' })).status).toBe(204);
    const read = { errorRate: 0.5, latencyRatio: 2, disagreement: 0.1, minRequests: 50 };
    expect(inferrer.host.calls).toMatchObject([
      ['hold', 'iris', 1],
      ['begin', 'iris', { version: 1, steps: [5], everyMs: 120_000, limits: read, sticky }],
      ['end', 'iris'],
    ]);
    for (const [wrong, said] of [
      [undefined, 'No json data provided {version:number}'],
      [{ version: 0 }, 'the number of a version'],
      [{ version: 1, steps: [10, 10] }, 'a rising list'],
      [{ version: 1, steps: [0] }, 'a rising list'],
      [{ version: 1, steps: [101] }, 'a rising list'],
      [{ version: 1, every: '999ms' }, 'a time such as'],
      [{ version: 1, every: 60 }, 'a time such as'],
      [{ version: 1, limits: { error_rate: 2 } }, 'a number from 0 to 1'],
      [{ version: 1, limits: { min_requests: 0 } }, 'a number from 1'],
      [{ version: 1, limits: { errors: 1 } }, 'errors'],
    ] as const) {
      const { body } = await put(wrong);
      expect(body).toMatchObject({
        code: 'invalid_request',
        error: expect.stringContaining(said) as string,
      });
    }
  });

  test('a download passes through, from another host if one is away', async () => {
    inferrer.registry.set([
      hostAt('h-8', 'http://127.0.0.1:1'),
      hostAt('h-7', inferrer.host.server.url),
    ]);
    const { status, text, headers } = await ask(at('/api/v1/models/iris:1/download'));
    expect([status, text]).toEqual([200, 'the bytes']);
    expect(headers.get('etag')).toMatch(/^"[0-9a-f]{64}"$/);
    expect((await ask(at('/api/v1/models/other/download'))).status).toBe(404);
  });
});

describe('whatever comes', () => {
  test('each answer is the envelope with its own status', async () => {
    const part = fc.oneof(
      fc.constantFrom('api', 'v1', 'models', 'test', 'iris', 'default', 'download', '%zz', '..%2f'),
      fc.string().map(encodeURIComponent),
    );
    const path = fc.array(part, { maxLength: 6 }).map((parts) => `/${parts.join('/')}`);
    const method = fc.constantFrom('GET', 'PUT', 'DELETE', 'POST', 'PATCH', 'OPTIONS');
    const body = fc.oneof(fc.string(), fc.json(), fc.constant('{"default":1}'));
    await fc.assert(
      fc.asyncProperty(path, method, body, async (target, verb, text) => {
        const init = verb === 'GET' ? {} : { body: text };
        const { status } = await ask(at(target), { method: verb, ...init });
        expect(status).toBeLessThan(500);
      }),
      { numRuns: 300 },
    );
  });

  test('names are safe base names', async () => {
    for (const name of ['..%2f..%2fetc', 'a%2fb', '%2e%2e%2fx', 'a%5cb', '%00', 'a%20b', 'api']) {
      const url = at(`/api/v1/models/${name}`);
      for (const init of [{}, { method: 'PUT', body: 'x' }, { method: 'DELETE' }]) {
        expect((await ask(url, init)).body['code']).toBe('invalid_name');
      }
    }
    expect(inferrer.host.calls).toEqual([]);
  });
});
