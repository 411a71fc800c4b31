import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { silentLogger } from '../../core/logging';
import type { RunnerAddress } from '../../protocol/cluster/heartbeat';
import type { Attempt } from '../../protocol/link/batch';
import { createFramesLink, type FramesLink } from '../../serving/link/frames-link';
import { batch, type BatchParts } from '../../tests/support/batches';
import {
  writeAbort,
  writeAddOne,
  writeAllocate,
  writeRounds,
} from '../../tests/support/made-models';
import { floats, floatsOf, spec } from '../../tests/support/servables';
import { encodeElements } from '../../tests/support/shared-cases';
import { describeShared, sharedModelFile } from '../../tests/support/shared-models';
import { runnerLimits } from '../../tests/support/started-runner';
import { createRunnerSupervisor, type RunnerPool } from './create-runner-supervisor';
import type { LoadOrder, RunnerChange } from './runner-supervisor';

let directory: string;
let addOne: string;
let rounds: string;
let supervisor: RunnerPool;
let changes: RunnerChange[];
let links: FramesLink[];
let waiting: { found: (changes: readonly RunnerChange[]) => boolean; resolve: () => void }[];

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'shoal-test-'));
  addOne = writeAddOne(directory);
  rounds = writeRounds(directory);
  links = [];
});
afterEach(async () => {
  for (const link of links) link.close();
  await supervisor.close();
  rmSync(directory, { recursive: true });
});

function start(options: Partial<Parameters<typeof createRunnerSupervisor>[0]> = {}): void {
  supervisor = createRunnerSupervisor({
    host: 'h',
    parentDirectory: directory,
    logger: silentLogger(),
    ...options,
  });
  changes = [];
  waiting = [];
  supervisor.onChange((change) => {
    changes.push(change);
    for (const one of waiting) if (one.found(changes)) one.resolve();
  });
}

/** Resolves when what has happened so far is what is looked for. */
function until(found: (changes: readonly RunnerChange[]) => boolean): Promise<void> {
  if (found(changes)) return Promise.resolve();
  return new Promise((resolve) => waiting.push({ found, resolve }));
}

function happened(...kinds: readonly RunnerChange['kind'][]) {
  return (all: readonly RunnerChange[]): boolean =>
    all.map(({ kind }) => kind).join() === kinds.join();
}

function order(model: string, file: string, more: Partial<LoadOrder> = {}): LoadOrder {
  const signature = { inputs: [spec('x', ['n', 3])], outputs: [spec('y', ['n', 3])] };
  return {
    model,
    version: 1,
    generation: 1,
    path: file,
    signature,
    ownRunner: false,
    options: {},
    ...more,
  };
}

function send(model: string, parts: BatchParts = {}, onState?: () => void): Promise<Attempt> {
  const where = supervisor.location(model, parts.version ?? 1);
  if (where?.state !== 'ready') throw new Error(`${model} is not served`);
  const link = createFramesLink({
    address: where.runner.address,
    secret: '',
    ...(onState && { onState }),
  });
  links.push(link);
  const inputs = [floats('x', [1, 3], [1, 2, 3])];
  return link.send(batch({ model, inputs, ...parts }), performance.now() + 10_000);
}

async function answer(model: string, parts?: BatchParts): Promise<string> {
  const attempt = await send(model, parts);
  if (attempt.outcome === 'replied') return floatsOf(attempt.reply.outputs[0]!).join(' ');
  return attempt.outcome === 'refused' ? attempt.reason : attempt.outcome;
}

function whole(name: string, shape: readonly number[], value: number): BatchParts {
  return { inputs: [{ name, datatype: 'INT64', shape, data: encodeElements('INT64', [value]) }] };
}

function runnerOf(model: string): RunnerAddress | undefined {
  return supervisor.location(model, 1)?.runner;
}

function kill(model: string, signal: NodeJS.Signals): void {
  const pid = supervisor.pids().get(runnerOf(model)?.id ?? '');
  if (pid === undefined) throw new Error(`${model} has no runner`);
  process.kill(pid, signal);
}

test('versions share a runner, those that ask for it have their own', async () => {
  start();
  const [a, b, c] = await Promise.all([
    supervisor.load(order('a', addOne)),
    supervisor.load(order('b', addOne, { version: 2 })),
    supervisor.load(order('c', addOne, { ownRunner: true })),
  ]);
  expect(a.runner).toEqual(b.runner);
  expect(c.runner.id).not.toBe(a.runner.id);
  expect(supervisor.runners()).toHaveLength(2);
  expect(await Promise.all([answer('a'), answer('b', { version: 2 }), answer('c')])).toEqual(
    Array(3).fill('2 3 4'),
  );
  expect(await supervisor.load(order('a', addOne))).toBe(a);
  expect(changes).toEqual([]);
});

test('unloading frees a version and ends a runner of its own', async () => {
  start();
  await supervisor.load(order('a', addOne));
  await supervisor.load(order('c', addOne, { ownRunner: true }));
  await supervisor.unload('c', 1);
  expect([supervisor.location('c', 1), supervisor.runners().length]).toEqual([undefined, 1]);
  await supervisor.unload('a', 1);
  expect([supervisor.location('a', 1), supervisor.runners().length]).toEqual([undefined, 1]);
  await supervisor.load(order('a', addOne));
  expect(await answer('a')).toBe('2 3 4');
  expect(changes).toEqual([]);
});

test('a model that the runtime refuses is rejected and the others stay', async () => {
  start();
  await supervisor.load(order('a', addOne));
  const refused = supervisor.load(order('bad', path.join(directory, 'none.onnx')));
  await expect(refused).rejects.toMatchObject({ code: 'model_rejected' });
  await expect(refused).rejects.not.toThrow(directory);
  expect(supervisor.location('bad', 1)).toBeUndefined();
  expect(await answer('a')).toBe('2 3 4');
});

test('a raised generation holds from its answer on, also in a runner that comes later', async () => {
  start();
  await supervisor.load(order('a', addOne));
  await supervisor.setGeneration('a', 3);
  expect(await answer('a', { generation: 2 })).toBe('stale_generation');
  kill('a', 'SIGKILL');
  await until(happened('died', 'loaded'));
  expect(await answer('a', { generation: 2 })).toBe('stale_generation');
  expect(await answer('a', { generation: 3 })).toBe('2 3 4');
});

test('a runner that is killed from outside comes back with all it had, however often', async () => {
  start();
  await supervisor.load(order('a', addOne));
  await supervisor.load(order('b', addOne));
  const before = runnerOf('a');
  for (let round = 1; round <= 3; round++) {
    kill('a', 'SIGKILL');
    await until((all) => all.length >= 3 * round);
  }
  const kinds = changes.map((change) => (change.kind === 'loaded' ? change.model : change.kind));
  expect(kinds).toEqual(['died', 'a', 'b', 'died', 'a', 'b', 'died', 'a', 'b']);
  expect(runnerOf('a')).toEqual(runnerOf('b'));
  expect(runnerOf('a')?.id).not.toBe(before?.id);
  expect(await answer('b')).toBe('2 3 4');
});

test('what is being run when the runner dies is lost, and then the version is down', async () => {
  start();
  await supervisor.load(order('r', rounds));
  let attempt: Promise<Attempt> | undefined;
  await new Promise<void>((connected) => {
    attempt = send('r', whole('rounds', [], 1_000_000), connected);
  });
  await new Promise((written) => setImmediate(written));
  kill('r', 'SIGKILL');
  expect((await attempt)?.outcome).toBe('lost');
  await until((all) => all.length > 0);
  expect(supervisor.location('r', 1)).toMatchObject({ state: 'down' });
  await until(happened('died', 'loaded'));
  expect(supervisor.location('r', 1)).toMatchObject({ state: 'ready' });
});

test('a version whose runs kill its runner is set apart, then quarantined; the rest goes on', async () => {
  start();
  await supervisor.load(order('good', addOne));
  await supervisor.load(order('bad', writeAbort(directory)));
  expect(runnerOf('bad')).toEqual(runnerOf('good'));
  expect((await send('bad')).outcome).toBe('lost');
  await until((all) => all.length === 3);
  expect(runnerOf('bad')).not.toEqual(runnerOf('good'));
  const good = runnerOf('good');
  expect((await send('bad')).outcome).toBe('lost');
  await until((all) => all.length === 5);
  expect(changes.at(-1)).toMatchObject({ kind: 'failed', model: 'bad', version: 1 });
  expect(supervisor.location('bad', 1)).toBeUndefined();
  expect([runnerOf('good'), await answer('good')]).toEqual([good, '2 3 4']);
  const again = supervisor.load(order('bad', writeAbort(directory)));
  await expect(again).rejects.toMatchObject({ code: 'quarantined' });
});

test('a run without end is ended, within its limit and a second', async () => {
  start({ limits: { ...runnerLimits, maxRunMs: 600 } });
  await supervisor.load(order('r', rounds));
  const started = performance.now();
  expect((await send('r', whole('rounds', [], 100_000_000))).outcome).toBe('lost');
  expect(performance.now() - started).toBeGreaterThan(600);
  expect(performance.now() - started).toBeLessThan(5000);
  await until((all) => all.some(({ kind }) => kind === 'loaded'));
  expect(changes[0]).toMatchObject({ reason: 'one run took longer than a run may take' });
});

test('many short runs in a row are no run without end', async () => {
  start({ limits: { ...runnerLimits, maxRunMs: 600 } });
  await supervisor.load(order('r', rounds));
  const runs = Array.from({ length: 40 }, () => answer('r', whole('rounds', [], 3000)));
  await Promise.all(runs);
  expect(changes).toEqual([]);
});

test('a runner beyond its memory is ended', async () => {
  start({ limits: { ...runnerLimits, memoryBytes: 400 * 1024 ** 2 } });
  await supervisor.load(order('hungry', writeAllocate(directory)));
  expect((await send('hungry', whole('n', [1], 150e6))).outcome).not.toBe('failed');
  await until((all) => all.length > 0);
  expect(changes[0]).toMatchObject({ reason: 'it took more memory than a runner may take' });
});

test('close ends everything and leaves nothing behind', async () => {
  start();
  await supervisor.load(order('a', addOne));
  const { address } = runnerOf('a')!;
  await supervisor.close();
  expect(existsSync(address.slice('unix:'.length))).toBe(false);
  expect(readdirSync(directory).filter((name) => name.startsWith('shoal-'))).toEqual([]);
  await expect(supervisor.load(order('b', addOne))).rejects.toMatchObject({
    code: 'shutting_down',
  });
});

describeShared('a supervisor and the shared models', () => {
  it('a version whose load kills runners is given up, and what shares its runner comes back', async () => {
    start({ limits: { ...runnerLimits, maxRunMs: 200, memoryBytes: 300 * 1024 ** 2 } });
    await supervisor.load(order('good', addOne));
    const loading = supervisor.load(order('bad', sharedModelFile('hostile_light_zfnet512')));
    await expect(loading).rejects.toMatchObject({ code: 'quarantined' });
    expect(supervisor.location('bad', 1)).toBeUndefined();
    await until((all) => all.filter(({ kind }) => kind === 'loaded').length === 1);
    expect(changes.map(({ kind }) => kind).sort()).toEqual(['died', 'died', 'loaded']);
    expect(await answer('good')).toBe('2 3 4');
  });
});
