import { ShoalError } from '../../core/errors';
import { inTime } from '../../core/in-time';
import { silentLogger } from '../../core/logging';
import { storedMeta as meta } from '../../tests/support/fake-check';
import { FakeSupervisor } from '../../tests/support/fake-supervisor';
import { emptyConfig } from '../model-config/model-config';
import { noState } from '../repository/model-state';
import type { ModelSnapshot, Snapshot, StoredVersion } from '../repository/snapshot';
import type { Lifecycle } from './lifecycle';
import { createLifecycle } from './loop';

const far = (): number => performance.now() + 20_000;

function stored(version: number): StoredVersion {
  const path = `/models/iris/${version}/model.onnx`;
  return { model: 'iris', version, path, meta, config: emptyConfig, key: `k${version}` };
}

function snapshot(generation: number, standard: number, versions: number[]): Snapshot {
  const model: ModelSnapshot = {
    name: 'iris',
    state: { ...noState, generation, default: standard },
    versions: versions.map(stored),
    broken: [],
    unadopted: [],
    leftovers: [],
  };
  return { models: new Map([['iris', model]]), bare: new Map() };
}

interface Running {
  readonly lifecycle: Lifecycle;
  readonly supervisor: FakeSupervisor;
}

const running: Lifecycle[] = [];

function start(): Running {
  const supervisor = new FakeSupervisor();
  const lifecycle = createLifecycle({
    supervisor,
    fetch: () => Promise.resolve(),
    removeVersion: () => Promise.resolve(),
    logger: silentLogger(),
    retryDelayMs: () => 1,
  });
  running.push(lifecycle);
  return { lifecycle, supervisor };
}

function stateOf({ lifecycle }: Running, version: number): string {
  return lifecycle.models().get('iris')?.versions.get(version)?.state ?? 'none';
}

function until(host: Running, condition: () => boolean): Promise<void> {
  return host.lifecycle.until(condition, far(), 'the test goes on');
}

afterEach(() => {
  for (const lifecycle of running.splice(0)) lifecycle.close();
});

describe('the loop', () => {
  test('loads, begins the generation, then loads the rest', async () => {
    const host = start();
    host.lifecycle.want(snapshot(3, 2, [1, 2]));
    expect(host.lifecycle.settled()).toBe(false);
    await until(host, () => host.lifecycle.settled());
    expect(host.supervisor.events.filter((event) => !event.includes('iris:1'))).toEqual([
      'load iris:2',
      'generation iris 3',
    ]);
    expect(host.supervisor.loaded.get('iris:2')).toMatchObject({ generation: 3 });
    expect(stateOf(host, 1)).toBe('ready');
  });

  test('a shadow is where it belongs before it gets copies, and from its load on', async () => {
    const host = start();
    const shadowed = (generation: number, version: number, weight: number): Snapshot => {
      const { models, bare } = snapshot(generation, 2, [1, 2, 3]);
      const variants = [{ version: 1, weight }];
      const state = {
        ...models.get('iris')!.state,
        traffic: { variants, shadow: { version, share: 1 } },
      };
      return { models: new Map([['iris', { ...models.get('iris')!, state }]]), bare };
    };
    host.lifecycle.want(shadowed(1, 1, 0));
    await until(host, () => host.lifecycle.settled());
    const { loaded, events } = host.supervisor;
    expect([1, 2, 3].map((version) => loaded.get(`iris:${version}`)?.copies)).toEqual([
      'only',
      undefined,
      undefined,
    ]);
    host.lifecycle.want(shadowed(2, 1, 5));
    await until(host, () => host.lifecycle.settled());
    host.lifecycle.want(shadowed(3, 2, 5));
    await until(host, () => host.lifecycle.settled());
    expect(events.filter((event) => !event.startsWith('load'))).toEqual([
      'shadow iris:1 only',
      'generation iris 1',
      'shadow iris:1 also',
      'generation iris 2',
      'shadow iris:2 also',
      'generation iris 3',
    ]);
  });

  test('the old default serves until the new one is loaded and the generation has begun', async () => {
    const host = start();
    host.lifecycle.want(snapshot(1, 1, [1]));
    await until(host, () => host.lifecycle.settled());
    const release = host.supervisor.hold('load iris:2');
    host.lifecycle.want(snapshot(2, 2, [2]));
    expect([stateOf(host, 1), stateOf(host, 2)]).toEqual(['ready', 'loading']);
    expect(host.lifecycle.models().get('iris')?.served.default).toBe(1);
    release();
    await until(host, () => stateOf(host, 1) === 'none');
    expect(host.supervisor.events.slice(2)).toEqual([
      'load iris:2',
      'generation iris 2',
      'unload iris:1',
    ]);
  });

  test('a drain that takes long holds nothing up', async () => {
    const host = start();
    host.lifecycle.want(snapshot(1, 1, [1, 2]));
    await until(host, () => host.lifecycle.settled() && stateOf(host, 2) === 'ready');
    const release = host.supervisor.hold('unload iris:2');
    host.lifecycle.want(snapshot(2, 1, [1]));
    await until(host, () => stateOf(host, 2) === 'draining');
    expect(host.lifecycle.settled()).toBe(true);
    host.lifecycle.want(snapshot(3, 3, [1, 3]));
    await until(host, () => host.lifecycle.models().get('iris')?.served.default === 3);
    expect(stateOf(host, 2)).toBe('draining');
    release();
    await until(host, () => stateOf(host, 2) === 'none');
  });

  test('what was deleted while it was loading is unloaded afterwards', async () => {
    const host = start();
    const release = host.supervisor.hold('load iris:1');
    host.lifecycle.want(snapshot(1, 0, [1]));
    host.lifecycle.want(snapshot(2, 0, []));
    release();
    await until(host, () => stateOf(host, 1) === 'none');
    expect(host.supervisor.loaded.size).toBe(0);
  });

  test('a fault that may pass is tried again, one of the model is not', async () => {
    const host = start();
    host.supervisor.refused.set('iris:1', new ShoalError('host_lost', 'the runner died'));
    host.supervisor.refused.set('iris:2', new ShoalError('model_rejected', 'bad'));
    host.lifecycle.want(snapshot(1, 1, [1, 2]));
    const loads = (name: string): number =>
      host.supervisor.events.filter((event) => event === `load ${name}`).length;
    await until(host, () => loads('iris:1') >= 3);
    host.supervisor.refused.delete('iris:1');
    await until(host, () => stateOf(host, 1) === 'ready');
    expect(stateOf(host, 2)).toBe('failed');
    expect(loads('iris:2')).toBe(1);
  });

  test('what was loaded and cannot be again is tried again, as its files may be away', async () => {
    const host = start();
    host.lifecycle.want(snapshot(1, 1, [1]));
    await until(host, () => stateOf(host, 1) === 'ready');
    const error = new ShoalError('model_rejected', 'there is no such file');
    host.supervisor.loaded.delete('iris:1');
    host.supervisor.happens({ kind: 'failed', model: 'iris', version: 1, error });
    expect(stateOf(host, 1)).toBe('failed');
    await until(host, () => stateOf(host, 1) === 'ready');
  });

  test('a model that vanished is unloaded and forgotten', async () => {
    const host = start();
    host.lifecycle.want(snapshot(1, 1, [1]));
    await until(host, () => host.lifecycle.settled());
    host.lifecycle.want({ models: new Map(), bare: new Map() });
    await until(host, () => !host.lifecycle.models().has('iris'));
    expect(host.supervisor.loaded.size).toBe(0);
  });

  test('waiting ends with its deadline, and with what the condition throws', async () => {
    const host = start();
    const soon = performance.now() + 5;
    await expect(host.lifecycle.until(() => false, soon, 'never')).rejects.toMatchObject({
      code: 'deadline_exceeded',
    });
    let fault = false;
    const waiting = host.lifecycle.until(
      () => {
        if (fault) throw new ShoalError('unknown_model', 'gone');
        return false;
      },
      far(),
      'never',
    );
    fault = true;
    host.lifecycle.want(snapshot(1, 1, [1]));
    await expect(waiting).rejects.toMatchObject({ code: 'unknown_model' });
  });
});

test('files that cannot be removed are tried again, until they are gone', async () => {
  const tries: string[] = [];
  const delays: number[] = [];
  let removed: () => void = () => undefined;
  const gone = new Promise<void>((resolve) => (removed = resolve));
  const lifecycle = createLifecycle({
    supervisor: new FakeSupervisor(),
    fetch: () => Promise.resolve(),
    removeVersion(model, version) {
      tries.push(`${model}:${version}`);
      if (tries.length <= 3) return Promise.reject(new Error('the repository is away'));
      removed();
      return Promise.resolve();
    },
    logger: silentLogger(),
    retryDelayMs(failures) {
      delays.push(failures);
      return 1;
    },
  });
  running.push(lifecycle);
  const { models, bare } = snapshot(2, 2, [2]);
  const deleted: Snapshot = {
    bare,
    models: new Map([['iris', { ...models.get('iris')!, leftovers: [1] }]]),
  };
  lifecycle.want(deleted);
  await inTime(gone, far(), () => new Error('they are still there'));
  await lifecycle.until(() => lifecycle.settled(), far(), 'it is loaded');
  // What is gone is not removed again, though it may be listed for a moment.
  lifecycle.want(deleted);
  expect(tries).toEqual(Array(4).fill('iris:1'));
  expect(delays).toEqual([1, 2, 3]);
});

test.each([
  ['measured', 1, false],
  ['measured', 300, true],
  ['shared', 300, false],
  ['own', 1, true],
] as const)('runner %s and a load of %d ms: one of its own is %s', async (runner, loadMs, own) => {
  const supervisor = new FakeSupervisor();
  const loads: string[] = [];
  const lifecycle = createLifecycle({
    supervisor,
    fetch: () => Promise.resolve(),
    removeVersion: () => Promise.resolve(),
    logger: silentLogger(),
    onLoaded: (model, version, ms) => loads.push(`${model}:${version} ${ms >= 0}`),
  });
  running.push(lifecycle);
  const one = stored(1);
  const meta = { ...one.meta, probe: { ...one.meta.probe, loadMs } };
  const { models, bare } = snapshot(1, 1, [1]);
  const slow = { ...one, meta, config: { ...emptyConfig, runner } };
  lifecycle.want({
    bare,
    models: new Map([['iris', { ...models.get('iris')!, versions: [slow] }]]),
  });
  await lifecycle.until(() => lifecycle.settled(), far(), 'it is loaded');
  expect(supervisor.loaded.get('iris:1')?.ownRunner).toBe(own);
  expect(loads).toEqual(['iris:1 true']);
});
