import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openControl, type Control } from '../embedded/control';
import { FakeCluster } from './support/fake-cluster';

let folder: string;
let socket: string;
let cluster: FakeCluster;
let control: Control;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'scale-'));
  socket = path.join(folder, 'control.sock');
  cluster = new FakeCluster();
  control = await openControl(socket, cluster);
});

afterEach(async () => {
  await control.close();
  rmSync(folder, { recursive: true });
});

/** Without Docker: what it would find there is not this test's. */
async function addModelhost(...args: string[]): Promise<{ code: number | null; said: string }> {
  const env = {
    PATH: process.env['PATH'],
    CONTROL_SOCKET: socket,
    DOCKER_HOST: `unix://${folder}/none`,
  };
  const child = spawn('scripts/add-modelhost.sh', args, { env });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  return await new Promise((resolve) => {
    child.once('close', (code) => {
      resolve({ code, said });
    });
  });
}

test('adds one, adds several, sets the number', async () => {
  expect(await addModelhost()).toEqual({
    code: 0,
    said: 'embedded cluster: 2 modelhosts before, 3 now: host-1, host-2, host-3\n',
  });
  expect((await addModelhost('2')).code).toBe(0);
  expect(cluster.hosts).toBe(5);
  expect((await addModelhost('--to', '1')).code).toBe(0);
  expect(cluster.hosts).toBe(1);
});

test('a cluster that cannot scale is quoted', async () => {
  cluster.failure = new Error('After 5 ms not ready: host-3.');
  const { code, said } = await addModelhost('1');
  expect(code).not.toBe(0);
  expect(said).toBe('add-modelhost: After 5 ms not ready: host-3.\n');
});

test.each([['0'], ['-1'], ['x'], ['65'], ['--to'], ['--to', '0'], ['1', '2']])(
  '%p %p is refused with what was wanted',
  async (...args) => {
    const { code, said } = await addModelhost(...args.filter((arg) => typeof arg === 'string'));
    expect(code).toBe(2);
    expect(said).toMatch(/wanted: add-modelhost\.sh \[N\]/);
    expect(cluster.asked).toEqual([]);
  },
);

test('where nothing runs it says how to start something', async () => {
  await control.close();
  const nobody = createServer().listen(socket);
  await new Promise((resolve) => nobody.once('listening', resolve));
  await new Promise((resolve) => nobody.close(resolve));
  const { code, said } = await addModelhost();
  expect(code).toBe(1);
  expect(said).toMatch(/no cluster runs: start one with npm start or docker-compose up -d/);
});
