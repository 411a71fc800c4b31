import type { DialectAnswer } from '../../../tests/support/dialect-answer';
import {
  ask,
  errorOf,
  header,
  infer,
  oneInput,
  tiny,
} from '../../../tests/support/identity-models';
import { blobS, blobX, binary } from '../../../tests/support/identity-models';

const call = oneInput('INT64', '[2]', '[9007199254740993,-1]');
const values = '"data":[9007199254740993,-1]';

function send(
  body: string | Buffer,
  headers: Record<string, string>,
  name = 'INT64',
): Promise<DialectAnswer> {
  return infer(name, body, headers);
}

describe('a body of another content type', () => {
  it('is answered as the same call in JSON is', async () => {
    const csv = await send('9007199254740993\n-1\n', { 'content-type': 'text/csv; charset=utf-8' });
    expect([csv.status, csv.text]).toEqual([200, (await send(call, {})).text]);
    expect(csv.text).toContain(values);
  });

  it('is answered as Accept says', async () => {
    const npy = await send('9007199254740993\n-1\n', {
      'content-type': 'text/csv',
      accept: 'application/x-npy, application/json;q=0.5',
    });
    expect(npy.headers).toMatchObject({
      'content-type': 'application/x-npy',
      'shoal-modelhost': 'host-1',
      'shoal-batch-rows': '5',
    });
    const raw = await send(npy.bytes, {
      'content-type': 'application/x-npy',
      accept: 'application/octet-stream',
    });
    expect(raw.headers).toMatchObject({ 'shoal-datatype': 'INT64', 'shoal-shape': '2' });
    expect(raw.bytes.toString('hex')).toBe('0100000000002000ffffffffffffffff');
  });

  it('may be a picture', async () => {
    const path = '/v2/models/FP32/infer';
    const data = new Uint8Array(new Float32Array([3]).buffer);
    const read: string[] = [];
    const readPicture = (bytes: Buffer, type: string) => {
      read.push(`${type} ${bytes.toString()}`);
      return Promise.resolve({ name: 'X', datatype: 'FP32', shape: [1], data } as const);
    };
    const headers = { 'content-type': 'image/png' };
    const answer = await ask({ method: 'POST', path, body: 'png', headers }, { readPicture });
    expect([answer.status, read]).toEqual([200, ['image/png png']]);
    expect(answer.text).toContain('"data":[3]');
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['FP32', { 'content-type': 'text/csv' }, /^400 .*line 1/i],
    ['tiny', { 'content-type': 'application/x-npy' }, /^400 .*one tensor/],
    ['nope', { 'content-type': 'text/csv' }, /^404 .*nope/],
    ['FP32', { 'content-type': 'text/csv', accept: 'text/html' }, /^406 .*application.x-npy/],
    ['FP32', { 'content-type': 'image/png' }, /^415 .*pictures/],
  ])('is refused: %s %j', async (name, headers, refusal) => {
    const answer = await send(headers['accept'] === undefined ? 'x' : '1', headers, name);
    expect(`${answer.status} ${errorOf(answer)}`).toMatch(refusal);
  });
});

describe('a call of the protocol', () => {
  it.each(['application/octet-stream', 'text/plain', 'application/x-www-form-urlencoded', 'x'])(
    'may say that it is %s',
    async (type) => {
      expect((await send(call, { 'content-type': type })).text).toContain(values);
    },
  );

  it('is told by its header from what its content type says', async () => {
    const [body, headers] = binary(header, blobX, blobS);
    const answer = await send(body, { ...headers, 'content-type': 'text/csv' }, 'mixed');
    expect(answer.status).toBe(200);
  });

  it('is answered by another type where Accept names one', async () => {
    const csv = await send(call, { accept: 'text/csv' });
    expect([csv.headers['content-type'], csv.text]).toEqual(['text/csv', '9007199254740993\n-1\n']);
    const two = await send(`${tiny}}`, { accept: 'application/x-npy' }, 'tiny');
    expect([two.status, errorOf(two)]).toEqual([400, expect.stringContaining('one tensor')]);
  });

  it.each([
    'text/html',
    'application/octet-stream',
    'application/json',
    'text/html, */*;q=0.1',
    '',
  ])('is answered in JSON whatever else Accept says: %j', async (accept) => {
    expect((await send(call, { accept })).text).toContain(values);
  });

  it('is answered as it says where it wants outputs in binary', async () => {
    const wanted = call.replace(/}$/, ',"parameters":{"binary_data_output":true}}');
    const answer = await send(wanted, { accept: 'text/csv' });
    expect(answer.headers['content-type']).toBe('application/octet-stream');
  });
});
