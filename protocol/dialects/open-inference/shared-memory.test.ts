import { readFileSync } from 'node:fs';
import { ask, binary, errorOf } from '../../../tests/support/identity-models';
import type { DialectAnswer } from '../../../tests/support/dialect-answer';
import { SharedObjects } from '../../../tests/support/shared-objects';
import { ClientRegions } from '../../../serving/shared-memory/shared-regions';

const objects = new SharedObjects('dialect-test');
const values = Float32Array.from([1, 2.5, 3, 4]);

let regions: ClientRegions;

beforeEach(() => {
  regions = new ClientRegions({
    maxRegions: 10,
    maxBytes: 1000,
    maxRequestBytes: 1000,
    users: { known: () => process.getuid!(), learn: () => undefined },
  });
});

afterEach(() => {
  regions.close();
  objects.remove();
});

const call = (method: string, path: string, body = ''): Promise<DialectAnswer> =>
  ask({ method, path: `/v2/${path}`, body }, { regions });

function register(name: string, key: string, byteSize = 16): Promise<DialectAnswer> {
  const body = JSON.stringify({ key, offset: 0, byte_size: byteSize });
  return call('POST', `systemsharedmemory/region/${encodeURIComponent(name)}/register`, body);
}

describe('pages', () => {
  it('regions come, are listed and go', async () => {
    const key = objects.create('a', Buffer.alloc(16));
    const name = 'region of mine/1';
    expect(await register(name, key)).toMatchObject({ status: 200, text: '{}' });
    const line = { name, key, offset: 0, byte_size: 16 };
    const one = `systemsharedmemory/region/${encodeURIComponent(name)}`;
    expect(JSON.parse((await call('GET', 'systemsharedmemory/status')).text)).toEqual([line]);
    expect(JSON.parse((await call('GET', `${one}/status`)).text)).toEqual([line]);
    expect(await register(name, key)).toMatchObject({ status: 409 });
    for (let twice = 0; twice < 2; twice++) {
      expect(await call('POST', `${one}/unregister`)).toMatchObject({ status: 200, text: '{}' });
    }
    expect(await call('GET', `${one}/status`)).toMatchObject({ status: 404 });
    await register('a', key);
    await call('POST', 'systemsharedmemory/unregister');
    expect((await call('GET', 'systemsharedmemory/status')).text).toBe('[]');
  });

  it.each([
    ['', 'malformed_body'],
    ['[]', 'invalid_request'],
    ['{"byte_size":4}', 'invalid_request'],
    ['{"key":7,"byte_size":4}', 'invalid_request'],
    ['{"key":"/x"}', 'invalid_request'],
    ['{"key":"/x","byte_size":-1}', 'invalid_request'],
    ['{"key":"/x","byte_size":1.5}', 'invalid_request'],
    ['{"key":"/x","byte_size":"4"}', 'invalid_request'],
    ['{"key":"/x","byte_size":4,"offset":-4}', 'invalid_request'],
    ['{"key":"/x","byte_size":4,"offset":9007199254740993}', 'invalid_request'],
  ])('register %s', async (body, code) => {
    const answer = await call('POST', 'systemsharedmemory/region/r/register', body);
    expect(JSON.parse(answer.text)).toMatchObject({ code });
    expect(answer.status).toBe(400);
  });

  it('memory of GPUs there is none', async () => {
    expect(await call('GET', 'cudasharedmemory/status')).toMatchObject({ status: 200, text: '[]' });
    expect((await call('GET', 'cudasharedmemory/region/r/status')).status).toBe(404);
    expect((await call('POST', 'cudasharedmemory/region/r/register', '{}')).status).toBe(501);
    expect((await call('POST', 'cudasharedmemory/region/r/unregister')).status).toBe(200);
    expect((await call('POST', 'cudasharedmemory/unregister')).status).toBe(200);
  });

  it('where it is off there are no regions, and none can be', async () => {
    const off = (method: string, path: string, body = ''): Promise<DialectAnswer> =>
      ask({ method, path: `/v2/systemsharedmemory/${path}`, body });
    expect(await off('GET', 'status')).toMatchObject({ status: 200, text: '[]' });
    expect((await off('GET', 'region/r/status')).status).toBe(404);
    expect((await off('POST', 'unregister')).status).toBe(200);
    expect((await off('POST', 'region/r/unregister')).status).toBe(200);
    const answer = await off('POST', 'region/r/register', '{"key":"/x","byte_size":4}');
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'unsupported' });
    expect(answer.status).toBe(501);
  });

  it('the extension is named where it is on', async () => {
    expect((await call('GET', '')).text).toContain('"system_shared_memory"');
    expect((await ask({ method: 'GET', path: '/v2' })).text).not.toContain('shared_memory');
  });

  it.each([
    ['GET', 'systemsharedmemory/region/r/register', 'POST'],
    ['GET', 'systemsharedmemory/unregister', 'POST'],
    ['POST', 'systemsharedmemory/status', 'GET'],
  ])('%s %s is not allowed', async (method, path, allow) => {
    expect(await call(method, path)).toMatchObject({ status: 405, headers: { allow } });
  });

  it.each([
    'systemsharedmemory',
    'systemsharedmemory/register',
    'systemsharedmemory/region//status',
  ])('%s is no route', async (path) => {
    await expect(call('GET', path)).rejects.toThrow('no route');
  });
});

describe('calls', () => {
  const bytes = Buffer.from(values.buffer);

  beforeEach(async () => {
    await register('in', objects.create('in', bytes));
    await register('out', objects.create('out', Buffer.alloc(16)));
  });

  const input = (parameters: object, more: object = {}): string =>
    JSON.stringify({ name: 'X', datatype: 'FP32', shape: [2], parameters, ...more });
  const inRegion = (byteSize = 8, offset = 4): object => ({
    shared_memory_region: 'in',
    shared_memory_byte_size: byteSize,
    shared_memory_offset: offset,
  });
  const infer = (inputs: string, outputs = ''): Promise<DialectAnswer> =>
    call('POST', 'models/FP32/infer', `{"inputs":[${inputs}]${outputs}}`);
  const output = (parameters: object): string =>
    `,"outputs":${JSON.stringify([{ name: 'Y', parameters }])}`;

  it('read inputs from a region, the same call again and again', async () => {
    for (let round = 0; round < 3; round++) {
      const answer = await infer(input(inRegion()));
      expect(JSON.parse(answer.text)).toMatchObject({ outputs: [{ data: [2.5, 3] }] });
    }
  });

  it('read from the beginning of a region where they do not say', async () => {
    const answer = await infer(input({ shared_memory_region: 'in', shared_memory_byte_size: 8 }));
    expect(JSON.parse(answer.text)).toMatchObject({ outputs: [{ data: [1, 2.5] }] });
  });

  it('write outputs into a region and say no more of them than Triton does', async () => {
    const wanted = {
      shared_memory_region: 'out',
      shared_memory_byte_size: 12,
      shared_memory_offset: 4,
    };
    const answer = await infer(input(inRegion()), output(wanted));
    expect(answer.text).toBe(
      '{"model_name":"FP32","model_version":"1","outputs":' +
        '[{"name":"Y","datatype":"FP32","shape":[2]}]}',
    );
    const written = new Float32Array(new Uint8Array(readFileSync(objects.file('out'))).buffer);
    expect([...written]).toEqual([0, 2.5, 3, 0]);
  });

  it('mix with binary tensors', async () => {
    const json =
      '{"inputs":[{"name":"X","shape":[1,2],"datatype":"FP32","parameters":' +
      '{"shared_memory_region":"in","shared_memory_byte_size":8}},{"name":"S","shape":[1],' +
      '"datatype":"BYTES","parameters":{"binary_data_size":5}}],"outputs":[{"name":"T",' +
      '"parameters":{"binary_data":true}},{"name":"Y","parameters":' +
      '{"shared_memory_region":"out","shared_memory_byte_size":8}}]}';
    const blob = Buffer.from('0100000061', 'hex');
    const [body, headers] = binary(json, blob);
    const path = '/v2/models/mixed/infer';
    for (let round = 0; round < 2; round++) {
      const answer = await ask({ method: 'POST', path, body, headers }, { regions });
      expect(answer.status).toBe(200);
      expect(answer.bytes.subarray(-5)).toEqual(blob);
    }
    expect(readFileSync(objects.file('out')).subarray(0, 8)).toEqual(bytes.subarray(0, 8));
  });

  const out = (byteSize: number, offset = 0): string =>
    output({
      shared_memory_region: 'out',
      shared_memory_byte_size: byteSize,
      shared_memory_offset: offset,
    });

  it.each([
    [
      'two sources',
      input(inRegion(), { data: [1, 2] }),
      '',
      "But set 'data' 'shared_memory_region' for",
    ],
    [
      'two others',
      input({ ...inRegion(), binary_data_size: 8 }),
      '',
      "'binary_data_size' 'shared_memory_region' for",
    ],
    ['no source', input({}), '', 'But no field is set for'],
    [
      'no size',
      input({ shared_memory_region: 'in' }),
      '',
      "Unable to parse 'shared_memory_byte_size'",
    ],
    [
      'a size that is text',
      input({ ...inRegion(), shared_memory_byte_size: '8' }),
      '',
      "'shared_memory_byte_size': input 'X'",
    ],
    ['a negative offset', input(inRegion(8, -4)), '', "Unable to parse 'shared_memory_offset'"],
    [
      'a name that is none',
      input({ ...inRegion(), shared_memory_region: 7 }),
      '',
      "Unable to parse 'shared_memory_region'",
    ],
    [
      'the end before it',
      input(inRegion(8, 12)),
      '',
      "Invalid offset + byte size for shared memory region: 'in'",
    ],
    ['another size than the shape', input(inRegion(4)), '', 'Expected 8, got 4'],
    ['no room for the output', input(inRegion()), out(4), 'should be at least 8 bytes'],
    [
      'an output beyond the end',
      input(inRegion()),
      out(8, 12),
      "shared memory region: 'out' has 16 bytes",
    ],
  ])('are refused with %s', async (_case, inputs, outputs, message) => {
    const answer = await infer(inputs, outputs);
    expect(errorOf(answer)).toContain(message);
    expect(answer.status).toBe(400);
  });

  it('are refused with a region that is not there, before anything is computed', async () => {
    const other = { shared_memory_region: 'nope', shared_memory_byte_size: 8 };
    for (const answer of [
      await infer(input(other)),
      await infer(input(inRegion()), output(other)),
    ]) {
      expect(errorOf(answer)).toBe("Unable to find shared memory region: 'nope'");
      expect(answer.status).toBe(404);
    }
  });
});
