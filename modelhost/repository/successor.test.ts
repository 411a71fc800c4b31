import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ShoalError } from '../../core/errors';
import type { Member } from '../../protocol/cluster/heartbeat';
import {
  codeOf,
  eventually,
  freshRepository,
  models,
  serves,
  startHost,
  upload,
  type Host,
} from '../../tests/support/model-store-host';
import { placementsOfA } from '../../tests/support/placements';
import { eventually as until } from '../../tests/support/processes';
import type { Placements } from '../placement/placements';
import type { ModelState } from './model-state';

freshRepository();

const tooLarge = new ShoalError('insufficient_memory', 'too large');
const file = (name = 'iris.onnx'): string => path.join(models(), name);

/** Adds a version in the model's directory. */
async function put(model: string, version: number, content: string): Promise<void> {
  const directory = path.join(models(), model, String(version));
  await mkdir(directory, { recursive: true });
  await writeFile(path.join(directory, 'model.onnx'), content);
}

async function stateOf(model: string): Promise<ModelState> {
  const names = await readdir(path.join(models(), model));
  const numbers = names.flatMap((name) => /^state\.(\d+)\.json$/.exec(name)?.slice(1) ?? []);
  const newest = Math.max(...numbers.map(Number));
  const text = await readFile(path.join(models(), model, `state.${newest}.json`), 'utf8');
  return JSON.parse(text) as ModelState;
}

const entryOf = ({ store }: Host, version: number) =>
  store.catalog.model('iris').versions.find((each) => each.version === version);

/** A host with a file as version 1, whose next content it cannot load. */
async function replaced(): Promise<Host> {
  const host = await startHost('a');
  await writeFile(file(), 'one');
  await eventually(host, () => serves(host, 'iris') === 1);
  host.supervisor.refused.set('iris:2', tooLarge);
  await writeFile(file(), 'second');
  await eventually(host, () => entryOf(host, 2)?.state === 'failed');
  // It is loaded as soon as it is published, which is before it is to take over.
  await until(
    'it is to take over',
    async () => (await stateOf('iris')).successor === 2 || undefined,
  );
  return host;
}

describe('what is put there by hand and cannot be loaded', () => {
  test('is listed with the reason, and the default stays', async () => {
    const host = await replaced();
    expect(entryOf(host, 2)).toMatchObject({ state: 'failed', reason: 'too large' });
    await host.store.models.update();
    expect(serves(host, 'iris')).toBe(1);
    expect(await stateOf('iris')).toMatchObject({ default: 1, successor: 2 });
  });

  test('in a directory: likewise, and the next one that can be takes over', async () => {
    const host = await startHost('a');
    await put('iris', 1, 'one');
    await eventually(host, () => serves(host, 'iris') === 1);
    host.supervisor.refused.set('iris:2', tooLarge);
    await put('iris', 2, 'two');
    await eventually(host, () => entryOf(host, 2)?.state === 'failed');
    expect(serves(host, 'iris')).toBe(1);
    await put('iris', 3, 'three');
    await eventually(host, () => serves(host, 'iris') === 3);
    expect(await stateOf('iris')).toMatchObject({ default: 3, successor: 0 });
  });

  test('with its own description of the server, as of a copy: likewise', async () => {
    const host = await startHost('a');
    await upload(host, 'iris', 'one');
    host.supervisor.refused.set('iris:2', tooLarge);
    const at = path.join(models(), 'iris');
    await mkdir(path.join(at, '2'));
    for (const name of ['model.onnx', 'meta.json']) {
      await writeFile(path.join(at, '2', name), await readFile(path.join(at, '1', name)));
    }
    await eventually(host, () => entryOf(host, 2)?.state === 'failed');
    await host.store.models.update();
    expect(serves(host, 'iris')).toBe(1);
  });

  test('takes over when a host comes that can, whoever has died meanwhile', async () => {
    const host = await replaced();
    await host.store.stop();
    const other = await startHost('b');
    expect(serves(other, 'iris')).toBe(2);
    expect(await stateOf('iris')).toMatchObject({ default: 2, successor: 0 });
  });

  test('takes over when the reason has gone', async () => {
    const host = await replaced();
    host.supervisor.refused.clear();
    await host.store.control.load('iris');
    expect(serves(host, 'iris')).toBe(2);
  });

  test('a call that loads the model says why not', async () => {
    const host = await replaced();
    expect(await codeOf(host.store.control.load('iris'))).toBe('insufficient_memory');
    expect(serves(host, 'iris')).toBe(1);
  });

  test.each<[string, (host: Host) => Promise<unknown>, number, number[]]>([
    ['a default by request', ({ store }) => store.naming.setDefault('iris', 1), 1, [1, 2]],
    ['its deletion', ({ store }) => store.models.remove('iris', '2'), 1, [1]],
    ['an upload', (host) => upload(host, 'iris', 'three'), 3, [1, 2, 3]],
    ['the old content of the file', () => writeFile(file(), 'one'), 1, [1, 2]],
  ])('does not after %s', async (_what, change, standard, versions) => {
    const host = await replaced();
    await change(host);
    await eventually(host, () => host.store.catalog.model('iris').versions.length > 0);
    host.supervisor.refused.clear();
    await host.store.models.update();
    await eventually(host, () => serves(host, 'iris') === standard);
    await until('nothing is to take over', async () => {
      const { successor, default: now } = await stateOf('iris');
      return (successor === 0 && now === standard) || undefined;
    });
    const listed = (): number[] =>
      host.store.catalog.model('iris').versions.map(({ version }) => version);
    await eventually(host, () => listed().join() === versions.join());
  });

  test('goes with its file, and so does the model, whose default is of that file', async () => {
    const host = await replaced();
    await writeFile(file(), 'bad');
    await host.store.models.update();
    expect(serves(host, 'iris')).toBe(1);
    host.supervisor.refused.set('iris:3', tooLarge);
    await writeFile(file(), 'third');
    await eventually(host, () => entryOf(host, 3)?.state === 'failed');
    await rm(file());
    await eventually(host, () => host.store.catalog.models().length === 0);
  });

  test('goes with its file, and a default that was uploaded stays', async () => {
    const host = await startHost('a');
    await upload(host, 'iris', 'one');
    host.supervisor.refused.set('iris:2', tooLarge);
    await writeFile(file(), 'second');
    await eventually(host, () => entryOf(host, 2)?.state === 'failed');
    await rm(file());
    await eventually(host, () => host.store.catalog.current().models[0]!.generation > 4);
    expect(await stateOf('iris')).toMatchObject({ default: 1, successor: 0, adopted: null });
    expect(serves(host, 'iris')).toBe(1);
  });
});

describe('what is put there by hand and other hosts are to have as well', () => {
  async function startBoth(): Promise<{ placements: Placements; host: Host }> {
    const placements = placementsOfA({ alone: false });
    const host = await startHost('a', { placements });
    await writeFile(file(), 'one');
    await eventually(host, () => serves(host, 'iris') === 1);
    placements.tell('inferrer', [{ id: 'a' }, { id: 'b', successors: {} }]);
    await writeFile(file(), 'second');
    await until('it is loaded here', () => host.store.successors()['iris:2'] === '' || undefined);
    return { placements, host };
  }

  test('is the default when they have loaded it, and not before', async () => {
    const { placements, host } = await startBoth();
    await host.store.models.update();
    expect([serves(host, 'iris'), entryOf(host, 2)?.state]).toEqual([1, 'ready']);
    placements.tell('inferrer', [{ id: 'a' }, { id: 'b', successors: { 'iris:2': '' } }]);
    await eventually(host, () => serves(host, 'iris') === 2);
    expect(host.store.successors()).toEqual({});
  });

  test('is not where one cannot load it, which a call that loads the model is told', async () => {
    const { placements, host } = await startBoth();
    placements.tell('inferrer', [{ id: 'a' }, { id: 'b', successors: { 'iris:2': 'too large' } }]);
    await expect(host.store.control.load('iris')).rejects.toThrow(
      "Version 2 of 'iris' is not the default, as modelhost b cannot load it: too large",
    );
    expect([serves(host, 'iris'), entryOf(host, 2)?.state]).toEqual([1, 'ready']);
    expect(await stateOf('iris')).toMatchObject({ default: 1, successor: 2 });
  });

  test.each<[string, Member[]]>([
    ['leaves', [{ id: 'b', successors: {}, leaving: true }]],
    ['has gone', []],
    ['is of an earlier release', [{ id: 'b' }]],
  ])('is when the other one %s', async (_what, others) => {
    const { placements, host } = await startBoth();
    placements.tell('inferrer', [{ id: 'a' }, ...others]);
    await eventually(host, () => serves(host, 'iris') === 2);
  });

  test('keeps no host that starts from being ready', async () => {
    const { host } = await startBoth();
    await host.store.stop();
    const placements = placementsOfA({ alone: false });
    placements.tell('inferrer', [{ id: 'b', successors: { 'iris:2': 'too large' } }]);
    const again = await startHost('a', { placements });
    expect(serves(again, 'iris')).toBe(1);
  });
});

test('what the policy leaves out is loaded to be the default', async () => {
  const host = await startHost('a');
  await mkdir(path.join(models(), 'iris'));
  const policy = '{"version_policy": {"latest": {"num_versions": 1}}}';
  await writeFile(path.join(models(), 'iris', 'config.json'), policy);
  await writeFile(file(), 'one');
  await eventually(host, () => serves(host, 'iris') === 1);
  await writeFile(file(), 'second');
  await eventually(host, () => serves(host, 'iris') === 2 && !host.supervisor.loaded.has('iris:1'));
  await writeFile(file(), 'one');
  await eventually(host, () => serves(host, 'iris') === 1);
});

test('of several versions of a new model the newest is the default from the first moment', async () => {
  for (const version of [1, 2, 10]) await put('iris', version, `content ${version}`);
  const host = await startHost('a');
  expect(serves(host, 'iris')).toBe(10);
  expect(host.store.catalog.model('iris').versions).toHaveLength(3);
  const { default: standard, generation } = await stateOf('iris');
  expect([standard, generation]).toEqual([10, 1]);
});
