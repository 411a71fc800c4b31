import { contentHash } from '../../protocol/content-hash';
import type { Attempt } from '../../protocol/link/batch';
import type { BatchParts } from '../../tests/support/batches';
import { writeAbort, writeAllocate } from '../../tests/support/made-models';
import { eventually } from '../../tests/support/processes';
import { floats } from '../../tests/support/servables';
import { runnerLimits } from '../../tests/support/started-runner';
import { order, StartedSupervisor, whole } from '../../tests/support/started-supervisor';

let host: StartedSupervisor;

beforeEach(() => {
  host = new StartedSupervisor();
});
afterEach(() => host.end());

/** One row of three for the model that aborts; each value is another content. */
function row(value: number): BatchParts {
  return { inputs: [floats('x', [1, 3], [value, 2, 3])] };
}

test('a version whose runs kill its runner is set apart, then quarantined; the rest goes on', async () => {
  host.start();
  await host.supervisor.load(order('good', host.addOne));
  await host.supervisor.load(order('bad', writeAbort(host.directory)));
  expect(host.runnerOf('bad')).toEqual(host.runnerOf('good'));
  expect((await host.send('bad', row(1))).outcome).toBe('lost');
  await host.until((all) => all.length === 3);
  expect(host.runnerOf('bad')).not.toEqual(host.runnerOf('good'));
  const good = host.runnerOf('good');
  expect((await host.send('bad', row(2))).outcome).toBe('lost');
  await host.until((all) => all.length === 5);
  expect((await host.send('bad', row(3))).outcome).toBe('lost');
  await host.until((all) => all.length === 7);
  expect(host.changes.at(-1)).toMatchObject({ kind: 'failed', model: 'bad', version: 1 });
  expect(host.supervisor.location('bad', 1)).toBeUndefined();
  expect([host.runnerOf('good'), await host.answer('good')]).toEqual([good, '2 3 4']);
  const again = host.supervisor.load(order('bad', writeAbort(host.directory)));
  await expect(again).rejects.toMatchObject({ code: 'quarantined' });
});

test('a request that was lost before is told when it kills again, before the death is', async () => {
  const told: string[] = [];
  host.start({
    onRefused: ({ model, hash, reason }) => {
      told.push(`${model} ${hash} ${reason}, deaths told: ${host.changes.length}`);
    },
  });
  await host.supervisor.load(order('bad', writeAbort(host.directory)));
  expect((await host.send('bad', { ...row(1), losses: 1 })).outcome).toBe('lost');
  await host.until((all) => all.length === 2);
  const hash = contentHash([floats('x', [1, 3], [1, 2, 3])]);
  expect(told).toEqual([`bad ${hash} it ended with SIGABRT, deaths told: 0`]);
  expect(host.supervisor.location('bad', 1)).toMatchObject({ state: 'ready' });
});

test('a quarantined version may be loaded again when its time is over', async () => {
  host.start({ blame: { windowMs: 60_000, quarantineMs: 300 } });
  await host.supervisor.load(order('bad', writeAbort(host.directory)));
  for (const [index, value] of [1, 2, 3].entries()) {
    expect((await host.send('bad', row(value))).outcome).toBe('lost');
    await host.until((all) => all.length === 2 * index + 2);
  }
  expect(host.changes.at(-1)).toMatchObject({ kind: 'failed', error: { code: 'quarantined' } });
  await eventually('it is loaded', () =>
    host.supervisor.load(order('bad', writeAbort(host.directory))).catch(() => undefined),
  );
  expect(host.supervisor.location('bad', 1)).toMatchObject({ state: 'ready' });
});

test('killed again and again from outside, nothing is blamed', async () => {
  const told: unknown[] = [];
  host.start({ onRefused: (content) => told.push(content) });
  await host.supervisor.load(order('r', host.rounds));
  for (let round = 1; round <= 4; round += 1) {
    let attempt: Promise<Attempt> | undefined;
    await new Promise<void>((connected) => {
      attempt = host.send('r', { ...whole('rounds', [], 1_000_000), losses: round }, connected);
    });
    await new Promise((written) => setImmediate(written));
    host.kill('r', 'SIGKILL');
    expect((await attempt)?.outcome).toBe('lost');
    await host.until((all) => all.filter(({ kind }) => kind === 'loaded').length === round);
  }
  expect([told, host.changes.some(({ kind }) => kind === 'failed')]).toEqual([[], false]);
});

test('a runner that somebody stops is ended, and nothing is blamed', async () => {
  const told: unknown[] = [];
  host.start({
    limits: { ...runnerLimits, maxRunMs: 600 },
    onRefused: (content) => told.push(content),
  });
  await host.supervisor.load(order('r', host.rounds));
  for (let round = 1; round <= 2; round += 1) {
    let attempt: Promise<Attempt> | undefined;
    await new Promise<void>((connected) => {
      attempt = host.send('r', { ...whole('rounds', [], 10_000), losses: 1 }, connected);
    });
    host.kill('r', 'SIGSTOP');
    expect((await attempt)?.outcome).toBe('lost');
    await host.until((all) => all.filter(({ kind }) => kind === 'loaded').length === round);
  }
  expect(host.changes[0]).toMatchObject({ reason: 'somebody had stopped it' });
  expect(told).toEqual([]);
});

test('a run without end is ended, within its limit and a second', async () => {
  host.start({ limits: { ...runnerLimits, maxRunMs: 600 } });
  await host.supervisor.load(order('r', host.rounds));
  const started = performance.now();
  expect((await host.send('r', whole('rounds', [], 100_000_000))).outcome).toBe('lost');
  expect(performance.now() - started).toBeGreaterThan(600);
  expect(performance.now() - started).toBeLessThan(5000);
  await host.until((all) => all.some(({ kind }) => kind === 'loaded'));
  expect(host.changes[0]).toMatchObject({ reason: 'one run took longer than a run may take' });
});

test('many short runs in a row are no run without end', async () => {
  const maxRunMs = 1500;
  host.start({ limits: { ...runnerLimits, maxRunMs } });
  await host.supervisor.load(order('r', host.rounds));
  // About ten milliseconds each.
  const short = (): Promise<string> => host.answer('r', whole('rounds', [], 1000));
  const many = (length: number): Promise<string[]> => Promise.all(Array.from({ length }, short));
  const began = performance.now();
  const some = await many(40);
  const more = await many(Math.ceil((3 * 40 * maxRunMs) / (performance.now() - began)));
  expect([...some, ...more]).not.toContain('lost');
  expect(host.changes).toEqual([]);
});

test('a run that takes too much memory ends its runner, and is told when it is known for sure', async () => {
  const told: string[] = [];
  host.start({
    limits: { ...runnerLimits, memoryBytes: 400 * 1024 ** 2 },
    onRefused: ({ reason }) => told.push(reason),
  });
  await host.supervisor.load(order('hungry', writeAllocate(host.directory)));
  // Where the host sees it before the run has ended, the first death does not tell what was run.
  for (let deaths = 1; told.length === 0 && deaths <= 4; deaths += 1) {
    expect((await host.send('hungry', whole('n', [1], 150e6))).outcome).not.toBe('failed');
    await host.until((all) => all.length === 2 * deaths);
  }
  expect(told).toEqual(['one run took more memory than a runner may take']);
});

test('a runner that has more memory than it may, by no run, is ended', async () => {
  host.start({ limits: { ...runnerLimits, memoryBytes: 1 } });
  const end = await eventually('it is ended', () => host.changes[0]);
  expect(end).toMatchObject({
    kind: 'died',
    reason: 'it grew beyond the memory that a runner may take',
  });
});
