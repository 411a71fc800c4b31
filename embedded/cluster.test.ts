import { mkdtempSync, readFileSync, rmSync, writeFileSync, appendFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { silentLogger } from '../core/logging';
import { eventually } from '../tests/support/processes';
import { Cluster } from './cluster';
import type { Front, SeenHost } from './front';
import type { Program } from './programs';

/**
 * Stands for all services: lists itself in a file while it runs, says how it ends, and follows
 * the contract of core/lifecycle: SIGTERM ends it with 0, the end of the channel at once.
 */
const service = `
const fs = require('node:fs');
const file = process.env.EVENTS;
const say = (what) => fs.appendFileSync(file, what + ' ' + process.env.NAME + ' ' + process.pid + '\\n');
if (process.env.BROKEN) process.exit(3);
say('up');
process.on('SIGTERM', () => setTimeout(() => { say('down'); process.exit(0); }, 20));
process.once('disconnect', () => { say('orphaned'); process.exit(1); });
setInterval(() => {}, 1000);
`;

let folder: string;
let events: string;
let cluster: Cluster;

/** Sees the hosts that are listed as up and not as down, as the inferrer would. */
function fakeFront(): Front {
  return {
    url: '',
    ready: () => Promise.resolve(seen().includes('inferrer')),
    models: () => Promise.resolve([]),
    hosts: () =>
      Promise.resolve(seen().map((id): SeenHost => ({ id, ready: true, draining: false }))),
  };
}

function lines(): string[][] {
  const text = readFileSync(events, 'utf8').trim();
  return text === '' ? [] : text.split('\n').map((line) => line.split(' '));
}

function seen(): string[] {
  const up = new Map<string, number>();
  for (const [what, name, pid] of lines()) {
    if (what === 'up') up.set(name!, Number(pid));
    else up.delete(name!);
  }
  return [...up].filter(([, pid]) => alive(pid)).map(([name]) => name);
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function until(what: string, condition: () => boolean): Promise<void> {
  await eventually(what, () => condition() || undefined);
}

function program(name: string, environment: Record<string, string> = {}): Program {
  const file = path.join(folder, 'service.js');
  return {
    name,
    file,
    environment: { ...process.env, EVENTS: events, NAME: name, ...environment },
  };
}

function createCluster(hostEnvironment: Record<string, string> = {}): Cluster {
  return new Cluster({
    programs: {
      inferrer: program('inferrer'),
      metrics: program('metrics'),
      modelhost: (number) => program(`host-${number}`, hostEnvironment),
    },
    front: fakeFront(),
    logger: silentLogger(),
    startTimeoutMs: 20_000,
    graceMs: 10_000,
  });
}

/** Starts one, and waits for those too that it does not wait for: a signal would end them uncleanly. */
async function started(one: Cluster, hosts: number): Promise<void> {
  await one.start(hosts);
  await until('all are up', () => seen().length === hosts + 2);
}

async function stopAll(): Promise<void> {
  await cluster.stopInferrer();
  await cluster.stopModelhosts();
  await cluster.stopMetrics();
}

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cluster-'));
  events = path.join(folder, 'events');
  writeFileSync(events, '');
  writeFileSync(path.join(folder, 'service.js'), service);
  cluster = createCluster();
});

afterEach(async () => {
  await stopAll();
  rmSync(folder, { recursive: true });
});

test('starts all, and stops the inferrer before the hosts before metrics', async () => {
  await started(cluster, 2);
  expect(seen().sort()).toEqual(['host-1', 'host-2', 'inferrer', 'metrics']);
  await stopAll();
  const down = lines().flatMap(([what, name]) => (what === 'down' ? [name] : []));
  expect([down[0], down.slice(1, 3).sort(), down[3]]).toEqual([
    'inferrer',
    ['host-1', 'host-2'],
    'metrics',
  ]);
});

test('a host that is killed comes back under its name', async () => {
  await started(cluster, 2);
  const [first] = await cluster.status();
  process.kill(first!.pid, 'SIGKILL');
  await until('it is gone', () => !alive(first!.pid));
  await until('it is back', () => seen().includes('host-1'));
  const [again] = await cluster.status();
  expect(again).toMatchObject({ id: 'host-1', ready: true });
  expect(again!.pid).not.toBe(first!.pid);
});

test('scales up to serving hosts and down by draining the newest', async () => {
  await started(cluster, 1);
  await cluster.scale(3);
  expect((await cluster.status()).map(({ id }) => id)).toEqual(['host-1', 'host-2', 'host-3']);
  await cluster.scale(1);
  expect((await cluster.status()).map(({ id }) => id)).toEqual(['host-1']);
  const down = lines().flatMap(([what, name]) => (what === 'down' ? [name] : []));
  expect(down.sort()).toEqual(['host-2', 'host-3']);
});

test('a start that cannot succeed is given up with the name of who ended', async () => {
  const broken = createCluster({ BROKEN: 'yes' });
  await expect(broken.start(1)).rejects.toThrow(/^host-1 ended while .* \(exit code 3\)/);
  await until('the others are up', () => seen().sort().join() === 'inferrer,metrics');
  await broken.stopInferrer();
  // The host is started again and again: the signal may come before that process knows of it.
  await broken.stopModelhosts().catch((error: unknown) => {
    expect(String(error)).toContain('did not end cleanly: host-1');
  });
  await broken.stopMetrics();
});

test('a process that does not end in time is killed and reported', async () => {
  const stubborn = path.join(folder, 'service.js');
  appendFileSync(
    stubborn,
    `if (process.env.NAME === 'host-1') process.removeAllListeners('SIGTERM').on('SIGTERM', () => {});`,
  );
  const impatient = new Cluster({
    programs: {
      inferrer: program('inferrer'),
      metrics: program('metrics'),
      modelhost: (n) => program(`host-${n}`),
    },
    front: fakeFront(),
    logger: silentLogger(),
    startTimeoutMs: 20_000,
    graceMs: 200,
  });
  await started(impatient, 1);
  await expect(impatient.stopModelhosts()).rejects.toThrow('did not end cleanly: host-1');
  await impatient.stopInferrer();
  await impatient.stopMetrics();
  expect(seen()).toEqual([]);
});
