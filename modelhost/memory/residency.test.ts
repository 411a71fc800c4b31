import { ShoalError } from '../../core/errors';
import { silentLogger } from '../../core/logging';
import type { Lifecycle } from '../lifecycle/lifecycle';
import { createLifecycle } from '../lifecycle/loop';
import { emptyConfig, type ModelConfig } from '../model-config/model-config';
import { noState } from '../repository/model-state';
import type { ModelSnapshot, Snapshot } from '../repository/snapshot';
import { storedMeta } from '../../tests/support/fake-check';
import { FakeSupervisor } from '../../tests/support/fake-supervisor';
import { eventually } from '../../tests/support/processes';
import { Residency, type ResidencyOptions } from './residency';

/** The fake runner takes one byte, and what is loaded another each: three have room, not four. */
const budgetBytes = 4.3;
const signal = (ms: number): number => performance.now() + ms;

let supervisor: FakeSupervisor;
let lifecycle: Lifecycle;
const told: string[] = [];
/** Milliseconds that have passed beside those of the system's clock. */
let passed = 0;

let residency: Residency;
/** Milliseconds until a load that has failed is tried again. */
const retryMs = 1000;

function start(options: Partial<ResidencyOptions> = {}): void {
  told.length = 0;
  supervisor = new FakeSupervisor();
  supervisor.memory = () => 1 + supervisor.loaded.size;
  residency = new Residency({
    budgetBytes,
    idleMs: 20,
    tickMs: 5,
    now: () => performance.now() + passed,
    supervisor,
    preference: (key) => -key.charCodeAt(0),
    observer: {
      evicted: (model, _version, why) => told.push(`${model} leaves: ${why}`),
      demanded: (model) => told.push(`${model} is asked for`),
    },
    ...options,
  });
  const removeVersion = (): Promise<void> => Promise.resolve();
  const fetch = removeVersion;
  lifecycle = createLifecycle({
    supervisor,
    fetch,
    removeVersion,
    residency,
    logger: silentLogger(),
    retryDelayMs: () => retryMs,
  });
}

afterEach(() => {
  lifecycle.close();
  jest.useRealTimers();
});

function want(...models: [name: string, config?: Partial<ModelConfig>, bytes?: number][]): void {
  const snapshot: Snapshot = {
    models: new Map(models.map(([name, config, bytes = 1]) => [name, stored(name, bytes, config)])),
    bare: new Map(),
  };
  lifecycle.want(snapshot);
}

function stored(name: string, bytes: number, config: Partial<ModelConfig> = {}): ModelSnapshot {
  const probe = { ...storedMeta.probe, residentBytes: bytes };
  const meta = { ...storedMeta, probe };
  const version = { model: name, version: 1, path: `/${name}`, meta, key: `${name} 1` };
  return {
    name,
    state: { ...noState, generation: 1, default: 1, lastVersion: 1 },
    versions: [{ ...version, config: { ...emptyConfig, ...config } }],
    broken: [],
    unadopted: [],
    leftovers: [],
  };
}

const loaded = (): string =>
  [...supervisor.loaded.values()]
    .map(({ model }) => model)
    .sort()
    .join('');

async function settled(models: string): Promise<void> {
  await eventually(`${models} are loaded`, () => loaded() === models || undefined, 5000);
}

/** What the runners say from now on: what they have said before is too old. */
function used(model: string, idleMs: number, jobs = 0): void {
  passed += 1000;
  supervisor.used.set(`${model}:1`, { jobs, answered: true, idleMs });
}

test('while everything fits everything is loaded, and nothing is on demand', async () => {
  start();
  want(['a'], ['b'], ['c']);
  await settled('abc');
  const loads = supervisor.events.filter((event) => event.startsWith('load'));
  expect(loads).toEqual(['load a:1', 'load b:1', 'load c:1']);
  expect(lifecycle.onDemand('a', 1)).toBe(false);
});

test('what has no room is asked for: the least recently used leaves', async () => {
  start();
  want(['a'], ['b'], ['c'], ['d']);
  await settled('abc');
  expect([lifecycle.onDemand('a', 1), lifecycle.onDemand('d', 1)]).toEqual([false, true]);
  used('a', 0);
  used('b', 50);
  used('c', 10, 1);
  await Promise.all([1, 2, 3].map(() => lifecycle.demand('d', 1, signal(5000))));
  expect(loaded()).toBe('acd');
  expect(told).toEqual(['b leaves: room', 'd is asked for']);
  expect([lifecycle.onDemand('b', 1), lifecycle.onDemand('d', 1)]).toEqual([true, false]);
});

test('nothing leaves under a request: who waits is told when the time is over', async () => {
  start();
  want(['a'], ['b'], ['c'], ['d']);
  await settled('abc');
  for (const model of 'abc') used(model, 0, 1);
  await expect(lifecycle.demand('d', 1, signal(300))).rejects.toMatchObject({
    code: 'deadline_exceeded',
  });
  expect(loaded()).toBe('abc');
});

test('pinned ones stay; what cannot fit beside them is refused, and evicts nobody', async () => {
  start();
  want(['a', { pinned: true }], ['b', { pinned: true }], ['c'], ['z', {}, 3]);
  await settled('abc');
  const refused = lifecycle.demand('z', 1, signal(5000));
  await expect(refused).rejects.toMatchObject({ code: 'insufficient_memory' });
  await expect(refused).rejects.toThrow(/MEMORY_BUDGET_BYTES, or pin less/);
  expect(loaded()).toBe('abc');
});

test('what is not stored yet would be refused where it can have no room beside pinned ones', async () => {
  start();
  want(['a', { pinned: true }], ['b']);
  await eventually('both are there', () => supervisor.loaded.size === 2 || undefined);
  const would = (bytes: number): string | undefined => {
    const { versions } = stored('new', bytes);
    return residency.wouldRefuse(versions[0]!)?.message;
  };
  // 95 % of the budget, without the runner and `a`.
  expect(would(2)).toBeUndefined();
  expect(would(3)).toMatch(/^Version 1 of 'new' needs .* pinned models have .* or pin less\.$/);
});

test('a pinned one that comes makes others leave', async () => {
  start();
  want(['a'], ['b'], ['c']);
  await settled('abc');
  for (const [at, model] of ['a', 'b', 'c'].entries()) used(model, 100 - at);
  want(['a'], ['b'], ['c'], ['d', { pinned: true }]);
  await settled('bcd');
});

test('an idle model leaves where it may, and comes back when it is asked for', async () => {
  start({ budgetBytes: 100 });
  want(['a', { mayLeave: true }], ['b']);
  await settled('b');
  expect(told).toEqual(['a leaves: idle']);
  await lifecycle.demand('a', 1, signal(5000));
  expect(told).toContain('a is asked for');
});

const mib = 1024 ** 2;

/** Models `b` and `s`, of which version 1 gets copies of what version 2 answers; each takes 200 MiB. */
function startWithShadow(budgetMib: number): Map<string, ModelSnapshot> {
  start({ budgetBytes: budgetMib * mib });
  supervisor.memory = () => (100 + 200 * supervisor.loaded.size) * mib;
  const models = new Map(['b', 's'].map((name) => [name, stored(name, 200 * mib)]));
  const shadowed = models.get('s')!;
  const [first] = shadowed.versions;
  const traffic = { variants: [], shadow: { version: 1, share: 1 } };
  models.set('s', {
    ...shadowed,
    state: { ...shadowed.state, default: 2, traffic },
    versions: [first!, { ...first!, version: 2, key: 's 2' }],
  });
  lifecycle.want({ models, bare: new Map() });
  return models;
}

test('where not all fit a shadow comes last', async () => {
  startWithShadow(620);
  await settled('bs');
  expect([...supervisor.loaded.keys()]).toEqual(['b:1', 's:2']);
});

test('a shadow leaves for whoever asks for another, whatever copies it gets', async () => {
  const models = startWithShadow(900);
  await settled('bss');
  lifecycle.want({ models: new Map([...models, ['c', stored('c', 200 * mib)]]), bare: new Map() });
  used('b', 50);
  supervisor.used.set('s:2', { jobs: 0, answered: true, idleMs: 40 });
  used('s', 0, 3);
  await lifecycle.demand('c', 1, signal(5000));
  expect([loaded(), supervisor.loaded.has('s:1')]).toEqual(['bcs', false]);
});

test('when others have gone for good, everything is loaded again', async () => {
  start();
  want(['a'], ['b'], ['c'], ['d']);
  await settled('abc');
  for (const model of 'abc') used(model, 0);
  await lifecycle.demand('d', 1, signal(5000));
  want(['a'], ['b'], ['d']);
  await settled('abd');
});

describe('what could not be loaded', () => {
  const fault = new ShoalError('model_rejected', 'the runtime says no');
  const soon = new ShoalError('internal', 'its runner died');
  const stateOf = (model: string) => lifecycle.models().get(model)?.versions.get(1)?.state;
  const loads = (model: string) =>
    supervisor.events.filter((event) => event === `load ${model}:1`).length;
  const failed = (model: string, times: number): Promise<void> =>
    lifecycle.until(
      () => stateOf(model) === 'failed' && loads(model) === times,
      signal(5000),
      `${model} has failed`,
    );

  test('and is wanted again after a while is tried again, and who waits is told why not', async () => {
    start();
    supervisor.refused.set('b:1', fault);
    want(['a'], ['b']);
    await failed('b', 1);
    want(['a']);
    want(['a'], ['b']);
    const asked = lifecycle.demand('b', 1, signal(5000));
    await expect(asked).rejects.toMatchObject({ code: 'model_rejected' });
    expect(loads('b')).toBe(2);
    supervisor.refused.clear();
    want(['a']);
    want(['a'], ['b']);
    await settled('ab');
  });

  test('and was not wanted any more by then, too', async () => {
    start();
    supervisor.refused.set('b:1', fault);
    const release = supervisor.hold('load b:1');
    want(['a'], ['b']);
    await eventually('b is loaded', () => loads('b') === 1 || undefined);
    want(['a']);
    release();
    await eventually('it has ended', () => stateOf('b') === undefined || undefined);
    supervisor.refused.clear();
    want(['a'], ['b']);
    await settled('ab');
  });

  test('and is tried again by hand: the time for that is over, and takes no room', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'performance'] });
    start();
    supervisor.refused.set('b:1', soon);
    want(['a'], ['b']);
    await failed('b', 1);
    supervisor.refused.set('b:1', fault);
    lifecycle.again('b');
    await failed('b', 2);
    const { freeBytes } = residency.figures();
    await jest.advanceTimersByTimeAsync(retryMs);
    expect([residency.figures().freeBytes, loads('b')]).toEqual([freeBytes, 2]);
    expect(residency.onDemand('b', 1)).toBe(false);
  });
});
