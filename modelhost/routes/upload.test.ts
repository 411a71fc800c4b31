import { createHash } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { ask, type AppServer } from '../../tests/support/app-server';
import {
  startFakeModelhost,
  uploadMaxBytes,
  type FakeModelhost,
} from '../../tests/support/fake-modelhost';
import { tar, zip } from '../../tests/support/archives';
import { externalModel, weightBytes } from '../../tests/support/external-model';
import { eventually } from '../../tests/support/processes';

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

function form(fields: Record<string, string | File>): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  return data;
}

function put(fields: Record<string, string | File>, name = 'new'): ReturnType<typeof ask> {
  const url = `${server.url}/modelhost/models/${name}`;
  return ask(url, { method: 'PUT', body: form(fields), headers: { 'shoal-publish': 'hold' } });
}

describe('uploads', () => {
  const bomb = zip([{ name: 'model.onnx', data: Buffer.alloc(1_000_000) }]);
  const file = new File(['model bytes'], 'whatever.onnx');
  const sha256 = createHash('sha256').update('model bytes').digest('hex');

  test('a form with configuration and description', async () => {
    const { status, body } = await put({
      config: '{"a":1}',
      model_description: 'Mine',
      path: file,
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({ model: 'new', version: 3, generation: 7, created: true, sha256 });
    expect(host.published).toEqual([
      {
        options: {
          model: 'new',
          hold: true,
          files: [{ name: 'model.onnx', sha256, bytes: 11 }],
          config: expect.objectContaining({ format: 'config.json', text: '{"a":1}' }) as object,
          description: 'Mine',
          tell: expect.any(Function) as unknown,
          signal: expect.any(AbortSignal) as unknown,
        },
        bytes: 'model bytes',
      },
    ]);
    expect(host.staged()).toEqual([]);
  });

  test('a raw body, not held', async () => {
    const url = `${server.url}/modelhost/models/new.onnx`;
    const { status } = await ask(url, { method: 'PUT', body: 'model bytes' });
    expect(status).toBe(201);
    const files = [{ name: 'model.onnx', sha256, bytes: 11 }];
    expect(host.published[0]!.options).toMatchObject({ model: 'new', hold: false, files });
  });

  describe('of several files', () => {
    const model = externalModel('data/weights.bin');
    const parts = [
      { name: 'net/config.json', data: '{"max_batch_size":4}' },
      { name: 'net/1/data/weights.bin', data: weightBytes(1) },
      { name: 'net/1/net.onnx', data: model },
      { name: 'net/1/meta.json', data: '{}' },
    ];

    async function several(...files: [string, File][]): ReturnType<typeof ask> {
      const data = form({ path: new File([new Uint8Array(model)], 'net.onnx') });
      for (const [field, each] of files) data.append(field, each, each.name);
      return ask(`${server.url}/modelhost/models/new`, { method: 'PUT', body: data });
    }

    test('a form, with what the model does not name left out', async () => {
      const { status, body } = await several(
        ['files', new File([new Uint8Array(weightBytes(1))], 'data/weights.bin')],
        ['files', new File(['read me'], 'README')],
        ['files', new File(['{"max_batch_size":4}'], 'config.json')],
      );
      expect([status, body['unused']]).toEqual([201, ['README']]);
      const { files, config } = host.published[0]!.options;
      expect(files.map(({ name }) => name)).toEqual(['model.onnx', 'data/weights.bin']);
      expect(config?.config.maxBatchSize).toBe(4);
      expect(host.staged()).toEqual([]);
    });

    test('archives, as file and as body, are the same', async () => {
      const [zipped, packed] = [zip(parts), gzipSync(tar(parts))];
      await put({ path: new File([new Uint8Array(zipped)], 'net.zip') });
      const url = `${server.url}/modelhost/models/new`;
      await ask(url, { method: 'PUT', body: new Uint8Array(zipped) });
      await ask(url, { method: 'PUT', body: new Uint8Array(packed) });
      const { status, body } = await put({ path: new File([new Uint8Array(packed)], 'net.tgz') });
      expect([status, body['unused']]).toEqual([201, ['net/1/meta.json']]);
      expect(host.published).toHaveLength(4);
      const [first, ...others] = host.published.map(({ options: { files } }) => files);
      expect(first!.map(({ name }) => name)).toEqual(['model.onnx', 'data/weights.bin']);
      for (const other of others) expect(other).toEqual(first);
      expect(host.staged()).toEqual([]);
    });

    const weights = new File([new Uint8Array(weightBytes(1))], 'data/weights.bin');
    test.each<[string, [string, File][], RegExp]>([
      ['two models', [['path', file]], /'path', once/],
      ['a path outside', [['files', new File(['x'], '../x')]], /leads out/],
      ['an absolute path', [['files', new File(['x'], '/etc/x')]], /absolute/],
      [
        'a name twice',
        [
          ['files', weights],
          ['files', weights],
        ],
        /name of another one/,
      ],
      ['the name of the model', [['files', new File(['x'], 'MODEL.onnx')]], /or of the model/],
      ['too many', Array.from({ length: 6 }, () => ['files', weights]), /Too many files/],
    ])('%s: refused', async (_what, files, reason) => {
      const { status, body } = await several(...files);
      expect([status, body['error']]).toEqual([422, expect.stringMatching(reason)]);
      expect(host.published).toEqual([]);
      expect(host.staged()).toEqual([]);
    });

    test('two configurations are refused, and so is a form of an archive and files', async () => {
      const archive = new File([new Uint8Array(zip(parts))], 'net.zip');
      expect((await put({ path: archive, config: '{}' })).body['error']).toMatch(/several conf/);
      const both = await put({ path: archive, files: new File(['x'], 'x') });
      expect([both.status, both.body['error']]).toEqual([
        422,
        expect.stringMatching(/leave 'files'/),
      ]);
      expect(host.published).toEqual([]);
      expect(host.staged()).toEqual([]);
    });
  });

  test.each(['new?dry_run=true', 'new/dry_run'])('%s publishes nothing', async (name) => {
    const { status, body } = await put({ path: file }, name);
    expect([status, body['dry_run'], body['version']]).toEqual([200, true, 3]);
    expect(host.published).toEqual([]);
    expect(host.staged()).toEqual([]);
    const other = await put({ path: file }, 'new?dry_run=yes');
    expect([other.status, other.body['error']]).toEqual([422, expect.stringMatching(/dry_run/)]);
    const foreign = await put({ path: new File(['x'], 'a.exe') }, name);
    expect([foreign.status, foreign.body['error']]).toEqual([
      415,
      expect.stringMatching(/^Model 'new': Only files/),
    ]);
  });

  test('the same bytes again are 200', async () => {
    expect((await put({ path: new File(['same'], 'a.onnx') })).status).toBe(200);
  });

  test.each([
    ['another file field', { file }, 422, /Model's path name must be 'path'.*'file'/],
    ['no file', { model_description: 'x' }, 422, /Model's path name must be 'path'/],
    ['path as text', { path: 'text' }, 422, /Model's path name must be 'path'/],
    ['no configuration', { path: file, config: '[]' }, 422, /config/],
    ['a file of another name', { path: file, '../x': file }, 422, /another file field/],
    ['an archive that is none', { path: new File(['x'], 'a.tar.gz') }, 422, /archive is none/],
    [
      'an archive without a model',
      { path: new File([tar([{ name: 'a' }])], 'a.tar') },
      422,
      /no ONNX/,
    ],
    ['too much when unpacked', { path: new File([bomb], 'a.zip') }, 413, /100000 bytes unpacked/],
    ['another extension', { path: new File(['x'], 'evil.exe') }, 415, /ends in \.exe/],
    ['no extension', { path: new File(['x'], 'model') }, 415, /ends in nothing/],
    ['an unknown field', { path: file, version: '1' }, 422, /Unknown form field 'version'/],
    ['a field named like a property', { path: file, toString: '1' }, 422, /'toString'/],
    ['an empty file', { path: new File([], 'a.onnx') }, 422, /is empty/],
    ['a model that is refused', { path: new File(['bad'], 'a.onnx') }, 422, /no ONNX model/],
    [
      'too large a file',
      { path: new File(['x'.repeat(uploadMaxBytes + 1)], 'a.onnx') },
      413,
      /100000 bytes/,
    ],
    ['too large a field', { path: file, config: 'x'.repeat(1024 * 1024 + 1) }, 413, /'config'/],
  ])('%s is refused', async (_what, fields, status, message) => {
    const answer = await put(fields);
    expect(answer.status).toBe(status);
    expect(answer.body['error']).toMatch(message);
    expect(answer.body['error']).toMatch(/^Model 'new': /);
    expect(host.published).toEqual([]);
    expect(host.staged()).toEqual([]);
  });

  test('a raw body that is empty or too large is refused', async () => {
    const url = `${server.url}/modelhost/models/new`;
    expect((await ask(url, { method: 'PUT' })).status).toBe(422);
    const body = 'x'.repeat(uploadMaxBytes + 1);
    expect((await ask(url, { method: 'PUT', body })).status).toBe(413);
    expect((await ask(url.replace('new', 'new.pkl'), { method: 'PUT', body: 'x' })).status).toBe(
      409,
    );
    expect(host.staged()).toEqual([]);
  });

  test('a length beyond the limit is refused before the body comes', async () => {
    const status = await new Promise((resolve, reject) => {
      const client = httpRequest(`${server.url}/modelhost/models/new`, {
        method: 'PUT',
        headers: { 'content-length': 10_000_000_000 },
      });
      client.on('response', (response) => {
        resolve(response.statusCode);
        client.destroy();
      });
      client.on('error', reject);
      client.flushHeaders();
    });
    expect(status).toBe(413);
  });

  test.each(['multipart/form-data; boundary=b', 'application/octet-stream'])(
    'an upload that breaks off leaves nothing (%s)',
    async (type) => {
      const before = host.counts.stages;
      const client = connect(server.port, '127.0.0.1');
      client.write(
        `PUT /modelhost/models/new HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nContent-Length: 5000\r\n\r\n` +
          '--b\r\nContent-Disposition: form-data; name="path"; filename="a.onnx"\r\n\r\n' +
          'x'.repeat(1000),
      );
      await eventually(
        'it is staged',
        () => (host.counts.stages > before && host.staged().length === 1) || undefined,
      );
      client.destroy();
      await eventually('it is gone', () => host.staged().length === 0 || undefined);
      expect(host.published).toEqual([]);
    },
  );

  test('who calls with a configuration and leaves is not waited for', async () => {
    const client = httpRequest(`${server.url}/modelhost/models/long/override`, { method: 'POST' });
    client.on('error', () => undefined);
    client.end(JSON.stringify({ parameters: { config: '{}' } }));
    await eventually('it is called', () => host.calls.length === 1 || undefined);
    client.destroy();
    await eventually('it knows', () => host.calls.length === 2 || undefined);
    expect(host.calls[1]).toEqual(['its caller has gone']);
  });
});
