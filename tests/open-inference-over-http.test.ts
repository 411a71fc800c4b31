import { request } from 'node:http';
import { deflateSync, gunzipSync, gzipSync } from 'node:zlib';
import { closeTestServers, startTestServer, type TestServer } from './support/http-server';
import { binary, blobS, blobX, dialectWith, header, tiny } from './support/identity-models';

afterEach(closeTestServers);

function serve(): Promise<TestServer> {
  return startTestServer({ dialects: [dialectWith().dialect] });
}

interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly bytes: Buffer;
}

/** Sends the parts one after the other, chunked, without any header of its own. */
function post(url: string, headers: Record<string, string>, parts: Buffer[]): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const { statusCode: status = 0, headers: got } = response;
        resolve({ status, headers: got, bytes: Buffer.concat(chunks) });
      });
    });
    sent.on('error', reject);
    for (const part of parts) sent.write(part);
    sent.end();
  });
}

describe('the Open Inference Protocol over HTTP', () => {
  const [body, framing] = binary(header, blobX, blobS);

  it('takes chunked bodies', async () => {
    const { url } = await serve();
    const parts = [body.subarray(0, 100), body.subarray(100, 240), body.subarray(240)];
    const answer = await post(`${url}/v2/models/mixed/infer`, framing, parts);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/octet-stream');
    expect(answer.bytes.subarray(-8)).toEqual(blobX);
    expect(answer.headers['content-length']).toBe(String(answer.bytes.length));
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
  ])('counts the JSON of %s bodies unpacked', async (coding, pack) => {
    const { url } = await serve();
    const headers = { ...framing, 'content-encoding': coding };
    const answer = await post(`${url}/v2/models/mixed/infer`, headers, [pack(body)]);
    expect(answer.status).toBe(200);
    expect(answer.bytes.subarray(-8)).toEqual(blobX);
  });

  it('refuses other codings and says which there are', async () => {
    const { url } = await serve();
    const headers = { 'content-encoding': 'br' };
    const answer = await post(`${url}/v2/models/tiny/infer`, headers, [Buffer.from('x')]);
    expect(answer.status).toBe(415);
    expect(answer.headers['accept-encoding']).toBe('gzip, deflate');
    expect(JSON.parse(answer.bytes.toString())).toHaveProperty('error');
  });

  it('packs answers with their length', async () => {
    const { url } = await serve();
    const headers = { 'accept-encoding': 'gzip, deflate' };
    const answer = await post(`${url}/v2/models/tiny/infer`, headers, [Buffer.from(`${tiny}}`)]);
    expect(answer.headers['content-encoding']).toBe('gzip');
    expect(answer.headers['content-length']).toBe(String(answer.bytes.length));
    expect(JSON.parse(gunzipSync(answer.bytes).toString())).toMatchObject({ model_name: 'tiny' });
  });

  it('does not care for the content type, the query and the case of headers', async () => {
    const { url } = await serve();
    const headers = {
      'Content-Type': 'application/x-www-form-urlencoded',
      'Inference-Header-Content-Length': framing['inference-header-content-length']!,
    };
    const answer = await post(`${url}/v2/models/mixed/infer?a=b`, headers, [body]);
    expect(answer.status).toBe(200);
  });

  it('answers a wrong method with Allow', async () => {
    const { url } = await serve();
    const answer = await fetch(`${url}/v2/models/tiny/infer`);
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('POST');
    expect(await answer.json()).toHaveProperty('error');
  });

  it('notes the call for the access log', async () => {
    const { url, told } = await serve();
    await post(`${url}/v2/models/tiny/infer`, {}, [Buffer.from(`${tiny}}`)]);
    await post(`${url}/v2/models/nope/infer`, {}, [Buffer.from('{')]);
    expect(told.map(({ status, notes }) => [status, notes.dialect, notes.model])).toEqual([
      [200, 'oip', 'tiny'],
      [404, 'oip', 'nope'],
    ]);
    expect(told[1]?.notes.errorCode).toBe('unknown_model');
  });
});
