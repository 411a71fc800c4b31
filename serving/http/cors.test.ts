import { ask } from '../../tests/support/ask';
import { closeTestServers, startTestServer } from '../../tests/support/http-server';
import { parseOrigins } from './cors';

afterEach(closeTestServers);

const page = 'https://app.example.org';
const question = {
  origin: page,
  'access-control-request-method': 'POST',
  'access-control-request-headers': 'authorization,shoal-timeout-ms',
};

function ofCors(headers: object): object {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => /^access-control|^vary$/.test(name)),
  );
}

test('pages of named origins may read answers and errors, others may not', async () => {
  const { url } = await startTestServer({ env: { CORS_ORIGINS: `http://localhost:1, ${page}` } });
  for (const path of ['/echo', '/none']) {
    const own = await ask(url + path, { headers: { origin: page } });
    expect(ofCors(own.headers)).toEqual({
      'access-control-allow-origin': page,
      'access-control-expose-headers': expect.stringContaining('shoal-modelhost') as string,
      vary: 'origin',
    });
    const other = await ask(url + path, { headers: { origin: 'https://example.org' } });
    expect(ofCors(other.headers)).toEqual({ vary: 'origin' });
    expect(ofCors((await ask(url + path)).headers)).toEqual({});
  }
});

test('what a browser asks first needs no token, the request itself does', async () => {
  const env = { CORS_ORIGINS: page, TOKENS: 't=infer', CLUSTER_SECRET: 's' };
  const { url, told } = await startTestServer({ env });
  const asked = await ask(`${url}/echo`, { method: 'OPTIONS', headers: question });
  expect(asked.status).toBe(204);
  expect(ofCors(asked.headers)).toEqual({
    'access-control-allow-origin': page,
    'access-control-allow-methods': 'GET, HEAD, POST, PUT, DELETE',
    'access-control-allow-headers': 'authorization,shoal-timeout-ms',
    'access-control-max-age': '600',
    vary: 'origin',
  });
  expect(told).toMatchObject([{ method: 'OPTIONS', path: '/echo', status: 204 }]);
  const refused = await ask(`${url}/echo`, { method: 'POST', body: {}, headers: question });
  expect(refused.status).toBe(401);
  expect(refused.headers).toMatchObject({ 'access-control-allow-origin': page });
  const other = { ...question, origin: 'https://example.org' };
  expect((await ask(`${url}/echo`, { method: 'OPTIONS', headers: other })).status).toBe(401);
});

test('all origins, where that is wanted', async () => {
  const { url } = await startTestServer({ env: { CORS_ORIGINS: '*' } });
  const { headers } = await ask(`${url}/echo`, { headers: { origin: 'null' } });
  expect(ofCors(headers)).toMatchObject({ 'access-control-allow-origin': '*' });
});

test('none, where nothing is said', async () => {
  const { url } = await startTestServer();
  expect(ofCors((await ask(`${url}/echo`, { headers: question })).headers)).toEqual({});
});

test.each([
  'https://app.example.org/',
  'app.example.org',
  '*, https://a.org',
  'https://A.org',
  ',',
])('%j is refused', (text) => {
  expect(() => parseOrigins(text)).toThrow('wanted origins such as');
});
