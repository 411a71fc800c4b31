import { closeTestServers, startTestServer } from '../../tests/support/http-server';

afterEach(closeTestServers);

describe('HTTP server', () => {
  it('answers a dialect with its body, a length and the id that was sent', async () => {
    const { url, told } = await startTestServer();
    const headers = { 'x-request-id': 'abc' };
    const response = await fetch(`${url}/echo?secret=1`, {
      method: 'POST',
      body: 'hello',
      headers,
    });
    expect(await response.text()).toBe('hello');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe('5');
    expect(response.headers.get('x-request-id')).toBe('abc');
    expect(told).toMatchObject([{ method: 'POST', path: '/echo', status: 200 }]);
  });

  it('makes an id where none, or a bad one, was sent', async () => {
    const { url } = await startTestServer();
    const ids = new Set<string>();
    for (const given of [undefined, 'with space', 'x'.repeat(129)]) {
      const headers = given === undefined ? {} : { 'x-request-id': given };
      const response = await fetch(`${url}/health/live`, { headers });
      ids.add(response.headers.get('x-request-id') ?? '');
    }
    expect(ids.size).toBe(3);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{12}-[0-9a-z]+$/);
  });

  it('takes the base path off, knows nothing beside it, and health without it', async () => {
    const env = { BASE_PATH: '/shoal/' };
    const { url, told } = await startTestServer({ env });
    const origin = new URL(url).origin;
    expect(url).toBe(`${origin}/shoal`);
    expect((await fetch(`${origin}/shoal/echo`, { method: 'POST', body: 'x' })).status).toBe(200);
    expect((await fetch(`${origin}/shoal/health/ready`)).status).toBe(200);
    expect((await fetch(`${origin}/health/ready`)).status).toBe(200);
    const outside = await fetch(`${origin}/shoalecho`, { method: 'POST', body: 'x' });
    expect(outside.status).toBe(404);
    expect(await outside.json()).toMatchObject({ code: 'unknown_route' });
    expect(told[0]?.path).toBe('/echo');
  });

  it('is live before it is ready', async () => {
    const state = { ready: false, reason: 'Models are being loaded.' };
    const { url } = await startTestServer({ ready: () => state });
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    const response = await fetch(`${url}/health/ready`);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ error: state.reason, code: 'not_ready' });
  });
});
