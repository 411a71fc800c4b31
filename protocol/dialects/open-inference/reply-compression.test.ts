import { gunzipSync, inflateSync } from 'node:zlib';
import {
  ask,
  binary,
  blobS,
  blobX,
  header,
  infer,
  tiny,
} from '../../../tests/support/identity-models';

describe('compression', () => {
  const plain = async (): Promise<string> => (await infer('tiny', `${tiny}}`)).text;

  it.each([
    ['gzip', gunzipSync],
    ['deflate', inflateSync],
  ])('packs answers with %s', async (coding, unpack) => {
    const answer = await infer('tiny', `${tiny}}`, { 'accept-encoding': coding });
    expect(answer.headers['content-encoding']).toBe(coding);
    expect(unpack(answer.bytes).toString()).toBe(await plain());
  });

  it('packs binary answers and keeps the length of their JSON', async () => {
    const [body, headers] = binary(header, blobX, blobS);
    const answer = await infer('mixed', body, { ...headers, 'accept-encoding': 'gzip' });
    const unpacked = gunzipSync(answer.bytes);
    const head = Number(answer.headers['inference-header-content-length']);
    expect(unpacked.subarray(head)).toEqual(blobX);
  });

  it.each(['br', 'identity', '*', 'gzip;q=0', 'identity, gzip', 'gzip;q=0.5, identity', ''])(
    'leaves answers as they are for %j',
    async (accepted) => {
      const answer = await infer('tiny', `${tiny}}`, { 'accept-encoding': accepted });
      expect(answer.headers['content-encoding']).toBeUndefined();
      expect(answer.text).toBe(await plain());
    },
  );

  it.each([
    ['gzip, deflate', 'gzip'],
    ['deflate, gzip', 'deflate'],
    ['gzip;q=0.5, deflate;q=0.8, br', 'deflate'],
    ['br;q=1.0, GZIP;q=0.1', 'gzip'],
    ['gzip;q=x, deflate;q=0.2', 'deflate'],
  ])('takes for %s %s', async (accepted, coding) => {
    const answer = await infer('tiny', `${tiny}}`, { 'accept-encoding': accepted });
    expect(answer.headers['content-encoding']).toBe(coding);
  });

  it('leaves metadata and errors as they are', async () => {
    const headers = { 'accept-encoding': 'gzip' };
    for (const path of ['/v2', '/v2/models/tiny', '/v2/models/nope', '/v2/health/live']) {
      const answer = await ask({ method: 'GET', path, headers });
      expect(answer.headers['content-encoding']).toBeUndefined();
      JSON.parse(answer.text);
    }
    const wrong = await infer('tiny', '{', headers);
    expect(wrong.headers['content-encoding']).toBeUndefined();
  });
});
