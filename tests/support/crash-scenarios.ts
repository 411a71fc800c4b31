import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { CanaryPlan } from '../../protocol/canary/canary';
import type { CrashScenario, Served } from './crash-trials';
import { serves, testRoot, upload, type Host } from './model-store-host';

/** `pair` with two versions, of which the second is the default. */
async function pair(host: Host): Promise<void> {
  await upload(host, 'pair', 'first');
  await upload(host, 'pair', 'second');
}

/** Files go behind the answer. */
async function looks({ store }: Host): Promise<void> {
  for (let look = 0; look < 5; look++) await store.models.update().catch(() => undefined);
}

const plan: CanaryPlan = {
  version: 1,
  steps: [10, 60],
  everyMs: 1000,
  limits: { errorRate: 0.1, latencyRatio: null, disagreement: null, minRequests: 1 },
};

const variants = [
  { version: 1, weight: 1 },
  { version: 2, weight: 3 },
];

async function withCanary(host: Host): Promise<void> {
  await pair(host);
  await host.store.canary.begin('pair', plan);
}

function promote({ store }: Host): Promise<unknown> {
  const { id } = store.catalog.model('pair').canary!;
  return store.canary.decide('pair', { id, step: 0, action: 'promote', reason: 'because' });
}

/** It is there, and is not the default yet. */
const withoutDefault =
  (model: string) =>
  (before: Served, after: Served): Served[] => [
    { ...after, [model]: { ...after[model], default: before[model]?.['default'] ?? 'none' } },
  ];

/** What somebody asks for and is told of. */
export const changes: readonly CrashScenario[] = [
  {
    name: 'the first upload of a name',
    act: (host) => upload(host, 'new', 'one', { config: '{"max_batch_size":2}' }),
    between: withoutDefault('new'),
  },
  {
    name: 'an upload of several files',
    given: pair,
    act: (host) => upload(host, 'pair', 'third', { beside: { 'weights.bin': 'weights' } }),
    between: withoutDefault('pair'),
  },
  {
    name: 'the deletion of a version',
    given: pair,
    act: async (host) => {
      await host.store.models.remove('pair', '1');
      await looks(host);
    },
  },
  {
    name: 'a label that is set',
    given: pair,
    act: (host) => host.store.naming.label('pair', 'stable', 1),
  },
  {
    name: 'a label that is taken away',
    given: async (host) => {
      await pair(host);
      await host.store.naming.label('pair', 'stable', 1);
    },
    act: (host) => host.store.naming.unlabel('pair', 'stable'),
  },
  {
    name: 'variants that begin',
    given: pair,
    act: (host) => host.store.traffic.set('pair', { variants }),
  },
  {
    name: 'a canary that begins',
    given: pair,
    act: (host) => host.store.canary.begin('pair', plan),
  },
  { name: 'a canary that takes over', given: withCanary, act: promote },
  { name: 'an unload', given: pair, act: (host) => host.store.control.unload('pair') },
  {
    name: 'another configuration',
    given: pair,
    act: (host) =>
      host.store.control.override('pair', { config: '{"max_batch_size":2}', files: new Map() }),
  },
  {
    name: 'a version too many',
    given: pair,
    act: async (host) => {
      await upload(host, 'pair', 'third', { config: '{"shoal":{"keep_versions":1}}' });
      await looks(host);
    },
    between: ({ pair: two = {} }) => [
      { pair: { ...two, versions: ['first by 64', 'second by 64', 'third by 64'] } },
    ],
    settled: (host) => {
      const { versions, defaultVersion } = host.store.catalog.model('pair');
      return defaultVersion < 3 || versions.length === 1;
    },
  },
];

/** A directory of example models, for as long as the test runs. */
function examples(): string {
  const folder = path.join(testRoot(), 'examples');
  if (existsSync(folder)) return folder;
  for (const name of ['one', 'two']) {
    mkdirSync(path.join(folder, name, '1'), { recursive: true });
    writeFileSync(path.join(folder, name, '1', 'model.onnx'), `the ${name}`);
    writeFileSync(path.join(folder, name, 'config.json'), '{"max_batch_size":3}');
  }
  return folder;
}

const served =
  (...models: readonly string[]) =>
  (host: Host): boolean =>
    models.every((model) => serves(host, model) > 0);

const isServed =
  (...models: readonly string[]) =>
  (host: Host): Promise<void> =>
    served(...models)(host) ? Promise.resolve() : Promise.reject(new Error('it is not served'));

/** What a host does by itself when it starts, and any other does after it. */
export const comings: readonly CrashScenario[] = [
  {
    name: 'taking in a file',
    files: { 'iris.onnx': 'one' },
    starts: true,
    act: isServed('iris'),
    resumed: true,
    settled: served('iris'),
  },
  {
    name: 'taking in a folder',
    files: {
      'simple/config.pbtxt': 'max_batch_size: 4',
      'simple/1/model.onnx': 'one',
      'simple/1/weights.bin': 'weights',
    },
    starts: true,
    act: isServed('simple'),
    resumed: true,
    settled: served('simple'),
  },
  {
    name: 'filling an empty repository',
    starts: true,
    options: () => ({ examples: examples() }),
    act: isServed('one', 'two'),
    resumed: true,
    settled: served('one', 'two'),
  },
];
