import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { ShoalError } from '../../core/errors';
import type { Attempt } from '../../protocol/link/batch';
import { writeAllocate } from '../../tests/support/made-models';
import { writeHeldWeights } from '../../tests/support/held-weights';
import { describeShared, sharedModelFile } from '../../tests/support/shared-models';
import { runnerLimits } from '../../tests/support/started-runner';
import { happened, order, StartedSupervisor, whole } from '../../tests/support/started-supervisor';

const mib = 1024 ** 2;

const allButIntervals = [
  'Date',
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setTimeout',
  'clearTimeout',
] as const;

let host: StartedSupervisor;

beforeEach(() => {
  host = new StartedSupervisor();
});
afterEach(async () => {
  jest.useRealTimers();
  await host.end();
});

test('versions share a runner, those that ask for it have their own', async () => {
  host.start();
  const [a, b, c] = await Promise.all([
    host.supervisor.load(order('a', host.addOne)),
    host.supervisor.load(order('b', host.addOne, { version: 2 })),
    host.supervisor.load(order('c', host.addOne, { ownRunner: true })),
  ]);
  expect(a.runner).toEqual(b.runner);
  expect(c.runner.id).not.toBe(a.runner.id);
  expect(host.supervisor.runners()).toHaveLength(2);
  expect(
    await Promise.all([host.answer('a'), host.answer('b', { version: 2 }), host.answer('c')]),
  ).toEqual(Array(3).fill('2 3 4'));
  expect(await host.supervisor.load(order('a', host.addOne))).toBe(a);
  expect(host.changes).toEqual([]);
});

test('unloading frees a version and ends a runner of its own', async () => {
  host.start();
  await host.supervisor.load(order('a', host.addOne));
  await host.supervisor.load(order('c', host.addOne, { ownRunner: true }));
  await host.supervisor.unload('c', 1);
  expect([host.supervisor.location('c', 1), host.supervisor.runners().length]).toEqual([
    undefined,
    1,
  ]);
  await host.supervisor.unload('a', 1);
  expect([host.supervisor.location('a', 1), host.supervisor.runners().length]).toEqual([
    undefined,
    1,
  ]);
  await host.supervisor.load(order('a', host.addOne));
  expect(await host.answer('a')).toBe('2 3 4');
  expect(host.changes).toEqual([]);
});

test('a model that the runtime refuses is rejected and the others stay', async () => {
  host.start();
  await host.supervisor.load(order('a', host.addOne));
  const refused = host.supervisor.load(order('bad', path.join(host.directory, 'none.onnx')));
  await expect(refused).rejects.toMatchObject({ code: 'model_rejected' });
  await expect(refused).rejects.not.toThrow(host.directory);
  expect(host.supervisor.location('bad', 1)).toBeUndefined();
  expect(await host.answer('a')).toBe('2 3 4');
});

test('a raised generation holds from its answer on, also in a runner that comes later', async () => {
  host.start();
  await host.supervisor.load(order('a', host.addOne));
  await host.supervisor.setGeneration('a', 3);
  expect(await host.answer('a', { generation: 2 })).toBe('stale_generation');
  host.kill('a', 'SIGKILL');
  await host.until(happened('died', 'loaded'));
  expect(await host.answer('a', { generation: 2 })).toBe('stale_generation');
  expect(await host.answer('a', { generation: 3 })).toBe('2 3 4');
});

test('a runner that is killed from outside comes back with all it had, however often', async () => {
  host.start();
  await host.supervisor.load(order('a', host.addOne));
  await host.supervisor.load(order('b', host.addOne));
  const before = host.runnerOf('a');
  for (let round = 1; round <= 3; round++) {
    host.kill('a', 'SIGKILL');
    await host.until((all) => all.length >= 3 * round);
  }
  const kinds = host.changes.map((change) =>
    change.kind === 'loaded' ? change.model : change.kind,
  );
  expect(kinds).toEqual(['died', 'a', 'b', 'died', 'a', 'b', 'died', 'a', 'b']);
  expect(host.runnerOf('a')).toEqual(host.runnerOf('b'));
  expect(host.runnerOf('a')?.id).not.toBe(before?.id);
  expect(await host.answer('b')).toBe('2 3 4');
});

test('what is being run when the runner dies is lost, and then the version is down', async () => {
  host.start();
  await host.supervisor.load(order('r', host.rounds));
  let attempt: Promise<Attempt> | undefined;
  await new Promise<void>((connected) => {
    attempt = host.send('r', whole('rounds', [], 1_000_000), connected);
  });
  await new Promise((written) => setImmediate(written));
  host.kill('r', 'SIGKILL');
  expect((await attempt)?.outcome).toBe('lost');
  await host.until((all) => all.length > 0);
  expect(host.supervisor.location('r', 1)).toMatchObject({ state: 'down' });
  await host.until(happened('died', 'loaded'));
  expect(host.supervisor.location('r', 1)).toMatchObject({ state: 'ready' });
});

test('of runners that have ended no files stay, and their directory is made again', async () => {
  host.start();
  await host.supervisor.load(order('a', host.addOne));
  const [directory = ''] = readdirSync(host.directory).filter((name) => name.startsWith('shoal-'));
  const files = (): string[] => readdirSync(path.join(host.directory, directory)).sort();
  const before = files();
  for (let times = 0; times < 3; times++) {
    await host.supervisor.load(order('own', host.addOne, { ownRunner: true }));
    await host.supervisor.unload('own', 1);
  }
  rmSync(path.join(host.directory, directory, 'empty'), { recursive: true });
  host.kill('a', 'SIGKILL');
  await host.until(happened('died', 'loaded'));
  expect([files().length, files().includes('empty')]).toEqual([before.length, true]);
  expect(files()).not.toEqual(before);
});

test('a runner that has grown beyond its budget is replaced while it serves', async () => {
  const budgetBytes = 400 * 1024 ** 2;
  host.start({ limits: { ...runnerLimits, budgetBytes } });
  await host.supervisor.load(order('a', host.addOne));
  await host.supervisor.load(order('hungry', writeAllocate(host.directory)));
  const before = host.runnerOf('a')!;
  expect((await host.send('hungry', whole('n', [1], 150e6))).outcome).toBe('replied');
  const answers = new Set<string>();
  while (!host.changes.some(({ kind }) => kind === 'left')) answers.add(await host.answer('a'));
  expect([...answers]).toEqual(['2 3 4']);
  expect(host.changes.map(({ kind }) => kind)).toEqual(['loaded', 'loaded', 'replaced', 'left']);
  expect(host.runnerOf('a')?.id).not.toBe(before.id);
  expect(host.runnerOf('a')).toEqual(host.runnerOf('hungry'));
  expect(host.supervisor.runners()).toHaveLength(1);
});

test('what its versions took when they were loaded lets no runner be replaced or ended', async () => {
  const limits = { memoryBytes: 200 * mib, budgetBytes: 150 * mib, maxRunMs: 2000 };
  host.start({ limits: { ...runnerLimits, ...limits } });
  const file = writeHeldWeights(host.directory, 32 * mib, { name: 'held.onnx' });
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  for (const name of names) await host.supervisor.load(order(name, file));
  expect(host.supervisor.resident()[0]!.bytes).toBeGreaterThan(limits.memoryBytes);
  for (let looks = 0, quietMs = 0; looks < 4;) {
    for (const name of names) expect(await host.answer(name)).toBe('1 2 3');
    const { quietMs: now = 0 } = host.supervisor.runners()[0]!;
    if (now < quietMs) looks += 1;
    quietMs = now;
  }
  expect(host.changes).toEqual([]);
});

test('a version whose load takes more than a runner may is refused, and the others stay', async () => {
  jest.useFakeTimers({ doNotFake: [...allButIntervals] });
  // So no look falls into the load, however long that takes.
  host.start({ limits: { ...runnerLimits, memoryBytes: 200 * mib } });
  await host.supervisor.load(order('a', host.addOne));
  const file = writeHeldWeights(host.directory, 210 * mib, { name: 'held.onnx' });
  const refused = host.supervisor.load(order('large', file));
  await expect(refused).rejects.toMatchObject({
    code: 'insufficient_memory',
    details: { retryAfter: 600 },
  });
  expect(await host.answer('a')).toBe('2 3 4');
});

test('a version that a runner computes counts as used, though the runner does not say so', async () => {
  host.start();
  await host.supervisor.load(order('r', host.rounds));
  await host.supervisor.load(order('a', host.addOne));
  expect(await host.answer('a')).toBe('2 3 4');
  expect((await host.supervisor.usage(1000)).get('r:1')).toMatchObject({ jobs: 0 });
  const ended = new AbortController();
  const run = host.send('r', whole('rounds', [], 60_000)).finally(() => {
    ended.abort();
  });
  const jobs: unknown[] = [];
  while (!ended.signal.aborted) jobs.push((await host.supervisor.usage(20)).get('r:1')?.jobs);
  expect((await run).outcome).toBe('replied');
  expect(jobs).not.toContain(undefined);
  expect(jobs.filter((number) => number === 1).length).toBeGreaterThan(4);
  expect((await host.supervisor.usage(1000)).get('a:1')).toMatchObject({ jobs: 0, answered: true });
});

test('close ends everything and leaves nothing behind', async () => {
  host.start();
  await host.supervisor.load(order('a', host.addOne));
  const { address } = host.runnerOf('a')!;
  await host.supervisor.close();
  expect(existsSync(address.slice('unix:'.length))).toBe(false);
  expect(readdirSync(host.directory).filter((name) => name.startsWith('shoal-'))).toEqual([]);
  await expect(host.supervisor.load(order('b', host.addOne))).rejects.toMatchObject({
    code: 'shutting_down',
  });
});

describeShared('a supervisor and the shared models', () => {
  it('a version whose load kills runners is given up, and what shares its runner comes back', async () => {
    host.start({ limits: { ...runnerLimits, maxRunMs: 1000, memoryBytes: 300 * 1024 ** 2 } });
    await host.supervisor.load(order('good', host.addOne));
    const loading = host.supervisor.load(order('bad', sharedModelFile('hostile_light_zfnet512')));
    await expect(loading).rejects.toMatchObject({ code: 'insufficient_memory' });
    expect(host.supervisor.location('bad', 1)).toBeUndefined();
    await host.until((all) => all.filter(({ kind }) => kind === 'loaded').length === 1);
    expect(host.changes.map(({ kind }) => kind).sort()).toEqual(['died', 'died', 'loaded']);
    expect(await host.answer('good')).toBe('2 3 4');
  });
});

test('what is not as it was published any more does not come back with its runner', async () => {
  host.start();
  const damaged = new ShoalError('storage_unavailable', 'not what was published');
  let fault: ShoalError | undefined;
  const checkFiles = (): Promise<void> =>
    fault === undefined ? Promise.resolve() : Promise.reject(fault);
  await host.supervisor.load(order('a', host.addOne, { checkFiles }));
  await host.supervisor.load(order('b', host.addOne));
  fault = damaged;
  host.kill('a', 'SIGKILL');
  await host.until((all) => all.some(({ kind }) => kind === 'failed'));
  expect(host.changes).toContainEqual({ kind: 'failed', model: 'a', version: 1, error: damaged });
  await host.until((all) => all.some(({ kind }) => kind === 'loaded'));
  expect([host.supervisor.location('a', 1), await host.answer('b')]).toEqual([undefined, '2 3 4']);
  fault = undefined;
  await host.supervisor.load(order('a', host.addOne, { checkFiles }));
  expect(await host.answer('a')).toBe('2 3 4');
});
