import express from 'express';
import { closeTestServers, startTestServer } from '../../tests/support/http-server';
import { eventually } from '../../tests/support/processes';
import { closeRaw, openRaw } from '../../tests/support/raw-http';
import { createErrorHandler, exchangeOf, unknownRoute } from './express';

afterEach(closeTestServers);
afterEach(closeRaw);

function app(): express.Express {
  const routes = express();
  routes.use(express.json({ limit: 100 }));
  routes.get('/known/:name', (request, response) => {
    exchangeOf(request).notes.model = 'noted';
    response.json({ url: request.originalUrl, id: request.get('x-request-id') });
  });
  routes.post('/known/:name', (_request, response) => void response.json({}));
  routes.post('/stream', (request, response) => {
    request.resume();
    request.on('end', () => response.end('done'));
  });
  routes.use(unknownRoute);
  routes.use(createErrorHandler((path) => (path.startsWith('/known') ? 'fractal' : 'http')));
  return routes;
}

describe('Express behind the HTTP server', () => {
  it('sees paths without the base path, has the request id, and is logged', async () => {
    const { url, told } = await startTestServer({ env: { BASE_PATH: '/shoal' }, fallback: app() });
    const response = await fetch(`${url}/known/x?y=1`, { headers: { 'x-request-id': 'abc' } });
    expect(await response.json()).toEqual({ url: '/known/x?y=1', id: 'abc' });
    expect(response.headers.get('x-request-id')).toBe('abc');
    await eventually('it is logged', () => told.length === 1 || undefined);
    const notes = { dialect: 'management', model: 'noted' };
    expect(told).toMatchObject([{ method: 'GET', path: '/known/x', status: 200, notes }]);
  });

  it.each<[string, string, string | undefined, [number, string]]>([
    ['GET', '/nothing', undefined, [404, 'unknown_route']],
    ['GET', '/known/%zz', undefined, [422, 'invalid_request']],
    ['POST', '/known/x', '{"a":', [422, 'malformed_body']],
    ['POST', '/known/x', `"${'x'.repeat(200)}"`, [413, 'too_large']],
  ])('%s %s: the error body', async (method, path, body, [status, code]) => {
    const { url, told } = await startTestServer({ fallback: app() });
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(url + path, { method, headers, ...(body && { body }) });
    expect([response.status, await response.json()]).toMatchObject([
      status,
      { code, http_status: { code: status } },
    ]);
    expect(told).toMatchObject([{ status, notes: { errorCode: code } }]);
  });

  it('is rid of bodies that stop coming, but not of slow ones', async () => {
    const { port } = await startTestServer({ env: { BODY_TIMEOUT_MS: '60' }, fallback: app() });
    const stalled = openRaw(port);
    const slow = openRaw(port);
    const head = 'POST /stream HTTP/1.1\r\nHost: x\r\nContent-Length: 40\r\n\r\n';
    stalled.send(`${head}x`);
    slow.send(head);
    const drip = setInterval(() => {
      slow.send('x');
    }, 5);
    slow.socket.once('close', () => {
      clearInterval(drip);
    });
    expect(await stalled.closed()).toMatch(/^HTTP\/1\.1 408 [^]*"body_timeout"/);
    expect(await slow.until(/done/)).toMatch(/^HTTP\/1\.1 200 OK/);
  });
});
