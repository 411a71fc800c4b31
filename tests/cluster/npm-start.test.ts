import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { stopCallers } from '../support/callers';
import { addSubCallers } from '../support/faults/leaving-callers';
import { freePort } from '../support/free-port';
import { GrpcClient, services } from '../support/grpc-client';
import { irisLabels } from '../support/iris-over-grpc';
import { startLoad } from '../support/load';
import { npmEnd, npmReady, npmStart, type NpmStarted } from '../support/npm-start';
import { preparedRepository } from '../support/prepared-repository';
import { eventually } from '../support/processes';

const execute = promisify(execFile);

let folder: string;
let started: NpmStarted | undefined;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'shoal-start-'));
});

afterEach(stopCallers);

afterEach(async () => {
  if (started !== undefined) await npmEnd(started);
  started = undefined;
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

async function start(more: Readonly<Record<string, string>> = {}): Promise<NpmStarted> {
  started = await npmStart(folder, more);
  return started;
}

/** For what is not about the first start: its repository has the example models already. */
async function haveModels(): Promise<void> {
  cpSync(await preparedRepository(), path.join(folder, 'models'), { recursive: true });
}

/** Process ids of the services, as the log's lines name them by what they are. */
async function processes(cluster: NpmStarted): Promise<number[]> {
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
  const grpc = await freePort();
  const cluster = await start({ GRPC_PORT: String(grpc) });
  await npmReady(cluster);
  const said = cluster.said();
  expect(said).toContain(`inferrer    ${cluster.url}`);
  expect(said).toContain(`gRPC        127.0.0.1:${grpc}\n`);
  const client = new GrpcClient(services.inference, grpc);
  expect(await irisLabels(client)).toEqual([0]);
  client.close();
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
  await haveModels();
  const cluster = await start({ MODELHOSTS: '1' });
  await npmReady(cluster);
  expect((await processes(cluster)).length).toBeGreaterThan(4);
  process.kill(-(cluster.child.pid ?? 0), 'SIGKILL');
  await cluster.ended;
  await eventually('all are gone', async () =>
    (await processes(cluster)).length === 0 ? true : undefined,
  );
  const again = await start({ MODELHOSTS: '1' });
  await npmReady(again);
  expect((await predict(again.url)).status).toBe(200);
  process.kill(-(again.child.pid ?? 0), 'SIGTERM');
  expect(await again.ended).toBe(0);
});

test('a port that is taken: one sentence, and exit 1', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as { port: number };
  const cluster = await start({ METRICS_PORT: String(port) });
  expect(await cluster.ended).toBe(1);
  expect(cluster.said()).toContain(
    `shoal: Port ${port} on 127.0.0.1 is taken by another program; choose another one with METRICS_PORT=<port> npm start.\n`,
  );
  await new Promise((resolve) => other.close(resolve));
});

test('settings that make no sense: the process says which, and nothing stays', async () => {
  const cluster = await start({ MODELHOSTS: '1', MAX_BODY_BYTES: 'much' });
  expect(await cluster.ended).toBe(1);
  expect(cluster.said()).toMatch(/MAX_BODY_BYTES: wanted a whole number .* found "much"/);
  expect(cluster.said()).toMatch(/ended while the cluster was starting/);
  expect(await processes(cluster)).toEqual([]);
});

test('a prefix, another port and tokens', async () => {
  await haveModels();
  const cluster = await start({
    MODELHOSTS: '1',
    BASE_PATH: '/shoal',
    TOKENS: 'secret=infer+manage+metrics',
  });
  await npmReady(cluster);
  const path = `${cluster.url}/shoal/v2/models/iris`;
  expect((await fetch(path)).status).toBe(401);
  const allowed = await fetch(path, { headers: { authorization: 'Bearer secret' } });
  expect(allowed.status).toBe(200);
  expect((await fetch(`${cluster.url}/v2/models/iris`)).status).toBe(404);
  process.kill(-(cluster.child.pid ?? 0), 'SIGINT');
  expect(await cluster.ended).toBe(0);
});
