import { createHash } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { ask, type AppServer } from '../../tests/support/app-server';
import {
  startFakeModelhost,
  uploadMaxBytes,
  type FakeModelhost,
} from '../../tests/support/fake-modelhost';
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
          sha256,
          bytes: 11,
          config: '{"a":1}',
          configFormat: 'config.json',
          description: 'Mine',
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
    expect(host.published[0]!.options).toEqual({ model: 'new', hold: false, sha256, bytes: 11 });
  });

  test('the same bytes again are 200', async () => {
    expect((await put({ path: new File(['same'], 'a.onnx') })).status).toBe(200);
  });

  test.each([
    ['another file field', { file }, 422, /Model's path name must be 'path'.*'file'/],
    ['no file', { model_description: 'x' }, 422, /Model's path name must be 'path'/],
    ['path as text', { path: 'text' }, 422, /Model's path name must be 'path'/],
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
});
