import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { stopCallers } from '../support/callers';
import { addSubCallers } from '../support/faults/leaving-callers';
import { freePort } from '../support/free-port';
import { startLoad } from '../support/load';
import { eventually } from '../support/processes';

const execute = promisify(execFile);

interface Started {
  readonly child: ChildProcess;
  readonly url: string;
  readonly environment: Readonly<Record<string, string>>;
  said(): string;
  readonly ended: Promise<number | null>;
}

let folder: string;
let started: Started | undefined;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'shoal-start-'));
});

afterEach(stopCallers);

afterEach(async () => {
  const group = started?.child.exitCode === null ? started.child.pid : undefined;
  if (group !== undefined) process.kill(-group, 'SIGKILL');
  await started?.ended;
  started = undefined;
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** `npm start` as a user has it: npm, shell and supervisor in one process group, as in a terminal. */
async function npmStart(more: Readonly<Record<string, string>> = {}): Promise<Started> {
  const port = await freePort();
  const environment = {
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '',
    TMPDIR: folder,
    PORT: String(port),
    METRICS_PORT: String(await freePort()),
    MODEL_REPOSITORY: path.join(folder, 'models'),
    CONTROL_SOCKET: path.join(folder, 'control.sock'),
    ...more,
  };
  const child = spawn('npm', ['start'], { env: environment, detached: true, stdio: 'pipe' });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  started = { child, url: `http://127.0.0.1:${port}`, environment, said: () => said, ended };
  return started;
}

async function ready(cluster: Started): Promise<void> {
  const shown = eventually(
    'the line to try',
    () => (/^Ctrl-C stops it/m.test(cluster.said()) ? true : undefined),
    60_000,
  );
  const early = cluster.ended.then(() => Promise.reject(new Error(`ended:\n${cluster.said()}`)));
  await Promise.race([shown, early]);
}

/** Process ids of the services, as the log's lines name them by what they are. */
async function processes(cluster: Started): Promise<number[]> {
  const { stdout } = await execute('ps', ['-eo', 'pid=,args=', 'e'], { maxBuffer: 1 << 26 });
  return stdout
    .split('\n')
    .filter(
      (line) => line.includes(`TMPDIR=`) && line.includes(cluster.environment['TMPDIR'] ?? '?'),
    )
    .map((line) => Number.parseInt(line, 10));
}

function predict(url: string): Promise<Response> {
  return fetch(`${url}/api/v1/models/iris/prediction`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ values: [5.1, 3.5, 1.4, 0.2] }),
  });
}

test('says where it listens and what to try; scales 2 -> 5 -> 2 and ends at Ctrl-C, both under load', async () => {
  const cluster = await npmStart();
  await ready(cluster);
  const said = cluster.said();
  expect(said).toContain(`inferrer    ${cluster.url}`);
  expect(said).toMatch(/models {6}add-sub, anomaly, digits, iris, slow, words/);
  const line = /^ {2}(curl .*)$/m.exec(said)?.[1] ?? 'false';
  const { stdout } = await execute('sh', ['-c', line]);
  expect(JSON.parse(stdout)).toMatchObject({ values: [0], model: 'iris' });

  const load = startLoad(cluster.url, { callers: 4 });
  const scale = async (...args: string[]): Promise<string> =>
    (await execute('scripts/add-modelhost.sh', args, { env: cluster.environment })).stdout;
  expect(await scale('3')).toMatch(/2 modelhosts before, 5 now: host-1, .*host-5$/m);
  for (const host of ['host-3', 'host-4', 'host-5']) await load.moreBy(host, 20);
  expect(await scale('--to', '2')).toMatch(/5 modelhosts before, 2 now: host-1, host-2$/m);
  await load.more(50);
  await load.stop();
  expect(load.failures).toEqual([]);

  const callers = addSubCallers(cluster.url);
  await callers.more(50);
  process.kill(-(cluster.child.pid ?? 0), 'SIGINT');
  expect(await cluster.ended).toBe(0);
  expect([await callers.allTold(), callers.failures]).toEqual([true, []]);
  expect(await processes(cluster)).toEqual([]);
  expect(readdirSync(folder)).toEqual(['models']);
});

test('a killed supervisor leaves nothing behind, and the next start works', async () => {
  const cluster = await npmStart({ MODELHOSTS: '1' });
  await ready(cluster);
  expect((await processes(cluster)).length).toBeGreaterThan(4);
  process.kill(-(cluster.child.pid ?? 0), 'SIGKILL');
  await cluster.ended;
  await eventually('all are gone', async () =>
    (await processes(cluster)).length === 0 ? true : undefined,
  );
  const again = await npmStart({ MODELHOSTS: '1' });
  await ready(again);
  expect((await predict(again.url)).status).toBe(200);
  process.kill(-(again.child.pid ?? 0), 'SIGTERM');
  expect(await again.ended).toBe(0);
});

test('a port that is taken: one sentence, and exit 1', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as { port: number };
  const cluster = await npmStart({ METRICS_PORT: String(port) });
  expect(await cluster.ended).toBe(1);
  expect(cluster.said()).toContain(
    `shoal: Port ${port} on 127.0.0.1 is taken by another program; choose another one with METRICS_PORT=<port> npm start.\n`,
  );
  await new Promise((resolve) => other.close(resolve));
});

test('settings that make no sense: the process says which, and nothing stays', async () => {
  const cluster = await npmStart({ MODELHOSTS: '1', MAX_BODY_BYTES: 'much' });
  expect(await cluster.ended).toBe(1);
  expect(cluster.said()).toMatch(/MAX_BODY_BYTES: wanted a whole number .* found "much"/);
  expect(cluster.said()).toMatch(/ended while the cluster was starting/);
  expect(await processes(cluster)).toEqual([]);
});

test('a prefix, another port and tokens', async () => {
  const cluster = await npmStart({
    MODELHOSTS: '1',
    BASE_PATH: '/shoal',
    TOKENS: 'secret=infer+manage+metrics',
  });
  await ready(cluster);
  const path = `${cluster.url}/shoal/v2/models/iris`;
  expect((await fetch(path)).status).toBe(401);
  const allowed = await fetch(path, { headers: { authorization: 'Bearer secret' } });
  expect(allowed.status).toBe(200);
  expect((await fetch(`${cluster.url}/v2/models/iris`)).status).toBe(404);
  process.kill(-(cluster.child.pid ?? 0), 'SIGINT');
  expect(await cluster.ended).toBe(0);
});
