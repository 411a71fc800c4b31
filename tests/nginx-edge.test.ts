import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { connect } from 'node:net';
import { errorBody } from '../core/envelope';
import { errorTable, ShoalError, type ErrorCode } from '../core/errors';
import { internalHeaders } from '../serving/http/authorisation';
import { describeWhere, missingCommand } from './support/describe-where';
import { freePort } from './support/free-port';
import { startNginx, type RunningNginx } from './support/nginx';
import { eventually } from './support/processes';

describeWhere(missingCommand('nginx', 'curl'), 'nginx as the edge', () => {
  let inferrer: Server;
  let edge: RunningNginx;
  let seen: { url: string; headers: IncomingHttpHeaders; bytes: number };
  let onFirstChunk: () => void;

  beforeAll(async () => {
    inferrer = createServer((request, response) => {
      seen = { url: request.url ?? '', headers: request.headers, bytes: 0 };
      request.on('data', (chunk: Buffer) => {
        seen.bytes += chunk.length;
        onFirstChunk();
      });
      request.on('end', () => {
        const status = Number(request.headers['x-answer'] ?? 200);
        response.writeHead(status, { 'content-type': 'text/plain' }).end('from the inferrer');
      });
    });
    const port = await freePort();
    await new Promise<void>((resolve) => inferrer.listen(port, '127.0.0.1', resolve));
    edge = await startNginx({
      role: 'edge',
      port: await freePort(),
      inferrer: `127.0.0.1:${port}`,
      environment: { BASE_PATH: '/shoal/', MAX_BODY_BYTES: '1000', UPLOAD_MAX_BYTES: '100000' },
    });
  });

  beforeEach(() => {
    onFirstChunk = () => undefined;
  });

  afterAll(() => edge.stop());

  afterAll(async () => {
    inferrer.closeAllConnections();
    await new Promise((resolve) => inferrer.close(resolve));
  });

  async function expectOwnError(response: Response, code: ErrorCode): Promise<void> {
    expect(response.status).toBe(errorTable[code].status);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/);
    const body = (await response.json()) as { error: string };
    expect(body).toEqual(errorBody(new ShoalError(code, body.error)));
  }

  test('passes path, query and host on, adds the client address, keeps a sound request id', async () => {
    await fetch(`${edge.url}/shoal/v2/models/a%2Fb?x=1`, {
      headers: { 'x-request-id': 'mine-1', 'x-forwarded-for': '10.9.8.7' },
    });
    expect(seen.url).toBe('/shoal/v2/models/a%2Fb?x=1');
    expect(seen.headers).toMatchObject({
      host: edge.url.slice('http://'.length),
      'x-forwarded-for': '10.9.8.7, 127.0.0.1',
      'x-request-id': 'mine-1',
    });
    await fetch(edge.url, { headers: { 'x-request-id': 'not sound "{}"' } });
    expect(seen.headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
  });

  test('removes what only our own processes may say, not the time limit of the caller', async () => {
    const names = [...internalHeaders, 'shoal-edge'];
    const headers = Object.fromEntries(names.map((name) => [name, 'x']));
    await fetch(edge.url, { headers: { ...headers, 'shoal-timeout-ms': '250' } });
    const ours = Object.keys(seen.headers).filter((name) => name.startsWith('shoal-'));
    expect(ours).toEqual(['shoal-edge', 'shoal-timeout-ms']);
    expect(seen.headers['shoal-edge']).toBe('1');
  });

  test.each([
    '/shoal/v2/systemsharedmemory/status',
    '/shoal/v2/systemsharedmemory/region/r/register',
    '/shoal/v2/%73ystemsharedmemory/unregister',
    '/shoal//v2/systemsharedmemory/status',
    '/shoal/v2/cudasharedmemory/region/r/status',
  ])('%s is for programs beside the inferrer', async (path) => {
    seen = { url: 'none', headers: {}, bytes: 0 };
    await expectOwnError(await fetch(edge.url + path, { method: 'POST' }), 'forbidden');
    expect(seen.url).toBe('none');
  });

  test.each([
    '/metrics',
    '/metrics/triton',
    '/cluster',
    '/cluster/hosts',
    '/shoal/metrics',
    '/shoal/cluster/heartbeat',
    '/shoal//cluster/hosts',
    '/shoal/%63luster/hosts',
    '/shoal/v2/../cluster/hosts',
  ])('%s is not there for clients', async (path) => {
    seen = { url: 'none', headers: {}, bytes: 0 };
    const status = await rawStatus(
      edge.url,
      `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    expect(status).toBe(404);
    expect(seen.url).toBe('none');
  });

  test('a model called metrics is not hidden', async () => {
    expect((await fetch(`${edge.url}/shoal/api/v1/models/metrics`)).status).toBe(200);
  });

  test('its own errors have the form of all others', async () => {
    await expectOwnError(await fetch(`${edge.url}/metrics`), 'unknown_route');
    const tooLarge = await fetch(edge.url, { method: 'POST', body: 'x'.repeat(1001) });
    expect(await tooLarge.clone().text()).toContain('1000 bytes (100000 for a model), came 1001');
    await expectOwnError(tooLarge, 'too_large');
    const load = `${edge.url}/shoal/v2/repository/models/m/load`;
    const files = await fetch(load, { method: 'POST', body: 'x'.repeat(1_300_000) });
    expect(await files.clone().text()).toContain('1181912 bytes for a load, came 1300000');
    await expectOwnError(files, 'too_large');
    const header = { 'x-long': 'x'.repeat(20_000) };
    await expectOwnError(await fetch(edge.url, { headers: header }), 'headers_too_large');
  });

  test('errors of the inferrer pass as they are', async () => {
    const response = await fetch(edge.url, { headers: { 'x-answer': '503' } });
    expect([response.status, await response.text()]).toEqual([503, 'from the inferrer']);
  });

  test('bytes that are not HTTP get an error body too', async () => {
    const answer = await raw(edge.url, 'GET / HTTP/1.1\r\nbad header\r\n\r\n');
    expect(answer).toContain('"code":"malformed_body"');
  });

  test('an upload has its own limit and streams', async () => {
    const large = 'x'.repeat(5000);
    const put = { method: 'PUT', body: large };
    expect((await fetch(`${edge.url}/shoal/api/v1/models/m`, put)).status).toBe(200);
    expect(seen.bytes).toBe(5000);
    const elsewhere = await fetch(`${edge.url}/shoal/api/v1/models/m/prediction`, put);
    expect(elsewhere.status).toBe(413);

    const arrived = new Promise<void>((resolve) => (onFirstChunk = resolve));
    const socket = connect(Number(new URL(edge.url).port), '127.0.0.1');
    socket.write(
      'PUT /shoal/api/v1/models/m HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\nhalf of it',
    );
    await arrived;
    const answered = new Promise<string>((resolve) =>
      socket.once('data', (data) => {
        resolve(data.toString());
      }),
    );
    socket.write('the rest..');
    expect(await answered).toMatch(/^HTTP\/1.1 200/);
    socket.destroy();
  });

  test('an inferrer that is not there is a 503 that says when to come back', async () => {
    const lonely = await startNginx({
      role: 'edge',
      port: await freePort(),
      inferrer: `127.0.0.1:${await freePort()}`,
    });
    try {
      const response = await fetch(lonely.url, { method: 'POST', body: '{}' });
      expect(response.headers.get('retry-after')).toBe('1');
      await expectOwnError(response, 'not_ready');
      await eventually(
        'it is logged',
        () => lonely.log().includes('"msg":"answered by nginx"') || undefined,
      );
    } finally {
      await lonely.stop();
    }
  });
});

async function raw(url: string, request: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write(request);
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  return answer;
}

async function rawStatus(url: string, request: string): Promise<number> {
  return Number((await raw(url, request)).split(' ')[1]);
}
