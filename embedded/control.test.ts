import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FakeCluster } from '../tests/support/fake-cluster';
import { openControl, parseScaling, type Control } from './control';

let folder: string;
let socketPath: string;
let cluster: FakeCluster;
let control: Control;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'control-'));
  socketPath = path.join(folder, 'a', 'control.sock');
  cluster = new FakeCluster();
  control = await openControl(socketPath, cluster);
});

afterEach(async () => {
  await control.close();
  rmSync(folder, { recursive: true });
});

async function ask(method: string, url: string): Promise<{ status: number; body: unknown }> {
  return await new Promise((resolve, reject) => {
    const asking = request({ socketPath, method, path: url, agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as unknown });
      });
    });
    asking.once('error', reject).end();
  });
}

test('only the owner may use the socket', () => {
  expect(statSync(socketPath).mode & 0o777).toBe(0o600);
});

test('status lists the modelhosts', async () => {
  const { status, body } = await ask('GET', '/status');
  expect(status).toBe(200);
  expect(body).toMatchObject({ modelhosts: [{ id: 'host-1' }, { id: 'host-2' }] });
});

test('add counts from what is there when its turn comes, to is absolute', async () => {
  const answers = await Promise.all([
    ask('POST', '/modelhosts?add=1'),
    ask('POST', '/modelhosts?add=2'),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  expect(cluster.asked.at(-1)).toBe(5);
  await ask('POST', '/modelhosts?to=1');
  expect(cluster.hosts).toBe(1);
});

test('a change that fails is told and does not block the next', async () => {
  cluster.failure = new Error('After 5 ms not ready: host-3.');
  const refused = await ask('POST', '/modelhosts?add=1');
  expect(refused).toEqual({ status: 500, body: { error: 'After 5 ms not ready: host-3.' } });
  cluster.failure = undefined;
  expect((await ask('POST', '/modelhosts?add=1')).status).toBe(200);
});

test.each(['', 'add=0', 'to=-1', 'add=x', 'by=1', 'add=1&to=2', 'add=63', 'to=65'])(
  'the query %p is refused and nothing changes',
  async (query) => {
    expect((await ask('POST', `/modelhosts?${query}`)).status).toBe(400);
    expect(cluster.asked).toEqual([]);
    expect(typeof parseScaling(new URLSearchParams(query), 2)).toBe('string');
  },
);

test('an unknown path is a 404', async () => {
  expect((await ask('GET', '/modelhosts')).status).toBe(404);
});

test('a second cluster of the same folder is refused, a dead socket is replaced', async () => {
  await expect(openControl(socketPath, cluster)).rejects.toThrow(/CONTROL_SOCKET/);
  await control.close();
  expect(existsSync(socketPath)).toBe(false);
  writeFileSync(socketPath, '');
  control = await openControl(socketPath, cluster);
  expect((await ask('GET', '/status')).status).toBe(200);
});
