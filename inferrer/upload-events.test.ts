import { sharedFakeInferrer } from '../tests/support/fake-inferrer';

const taking = sharedFakeInferrer();
const asked = sharedFakeInferrer();

const names = (text: string): string =>
  [...text.matchAll(/^event: (.*)$/gm)].map(([, name]) => name).join(' ');

const all = 'begun received checked tried stored loaded live done';

beforeEach(async () => {
  const put = { method: 'PUT', body: 'bytes', headers: { 'x-request-id': 'a.b' } };
  expect((await fetch(taking.at('/api/v1/models/new'), put)).status).toBe(201);
});

async function events(url: string, after = ''): Promise<[status: number, names: string]> {
  const answer = await fetch(url, { headers: { 'last-event-id': after } });
  return [answer.status, names(await answer.text())];
}

test('what the modelhost does is told before it answers', async () => {
  expect(await events(taking.at('/api/v1/uploads/a.b/events'))).toEqual([200, all]);
});

test('another inferrer passes the steps on, from any event', async () => {
  const url = asked.at('/api/v1/uploads/a.b/events');
  expect((await events(url))[0]).toBe(404);
  asked.others.push('http://127.0.0.1:9', asked.server.url, taking.server.url);
  expect(await events(url)).toEqual([200, all]);
  expect(await events(url, '4')).toEqual([200, 'stored loaded live done']);
  expect((await events(url, 'x'))[0]).toBe(422);
});

test('inferrers that know nothing of it do not ask each other for ever', async () => {
  asked.others.push(taking.server.url);
  taking.others.push(asked.server.url);
  const url = asked.at('/api/v1/uploads/none/events');
  expect((await events(url))[0]).toBe(404);
});
