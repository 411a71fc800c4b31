import { sharedFakeInferrer } from '../tests/support/fake-inferrer';

const taking = sharedFakeInferrer();
const asked = sharedFakeInferrer();

const names = (text: string): string =>
  [...text.matchAll(/^event: (.*)$/gm)].map(([, name]) => name).join(' ');

const ids = (text: string): string[] =>
  [...text.matchAll(/^id: (.*)$/gm)].map(([, id]) => String(id));

const all = 'begun received checked tried stored loaded live done';

async function uploadAs(id: string): Promise<void> {
  const put = { method: 'PUT', body: 'bytes', headers: { 'x-request-id': id } };
  expect((await fetch(taking.at('/api/v1/models/new'), put)).status).toBe(201);
}

beforeEach(() => uploadAs('a.b'));

async function told(url: string, after: string): Promise<[status: number, text: string]> {
  const answer = await fetch(url, { headers: { 'last-event-id': after } });
  return [answer.status, await answer.text()];
}

async function events(url: string, after = ''): Promise<[status: number, names: string]> {
  const [status, text] = await told(url, after);
  return [status, names(text)];
}

test('what the modelhost does is told before it answers', async () => {
  expect(await events(taking.at('/api/v1/uploads/a.b/events'))).toEqual([200, all]);
});

test('another inferrer passes the steps on, from any event', async () => {
  const url = asked.at('/api/v1/uploads/a.b/events');
  expect((await events(url))[0]).toBe(404);
  asked.others.push('http://127.0.0.1:9', asked.server.url, taking.server.url);
  expect(await events(url)).toEqual([200, all]);
  const [, text] = await told(url, '');
  expect(await events(url, ids(text)[3])).toEqual([200, 'stored loaded live done']);
  // No id of this upload, as an inferrer of an earlier release gave it: all is told.
  expect(await events(url, '4')).toEqual([200, all]);
});

test('a later upload of the same id is told from its beginning', async () => {
  const url = taking.at('/api/v1/uploads/a.b/events');
  const [, first] = await told(url, '');
  const last = ids(first).at(-1);
  expect(await events(url, last)).toEqual([200, '']);
  await uploadAs('a.b');
  expect(await events(url, last)).toEqual([200, all]);
});

test('inferrers that know nothing of it do not ask each other for ever', async () => {
  asked.others.push(taking.server.url);
  taking.others.push(asked.server.url);
  const url = asked.at('/api/v1/uploads/none/events');
  expect((await events(url))[0]).toBe(404);
});
