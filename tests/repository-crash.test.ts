import { cp, mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DyingFileSystem } from './support/dying-file-system';
import {
  contentsServed,
  eventually,
  freshRepository,
  models,
  newHost,
  serves,
  startAfresh,
  startHost,
  upload,
  type Host,
} from './support/model-store-host';

freshRepository();

interface Scenario {
  readonly name: string;
  readonly act: (host: Host) => Promise<unknown>;
  /** What has to hold afterwards, told whether the client was told of success. */
  readonly check: (host: Host, acknowledged: boolean, contents: object) => void;
}

const scenarios: Scenario[] = [
  {
    name: 'an upload',
    act: (host) => upload(host, 'iris', 'two', { config: '{"max_batch_size":2}' }),
    check(host, acknowledged, contents) {
      expect(contents).toMatchObject({ 'iris:1': 'one' });
      const now = serves(host, 'iris');
      expect(acknowledged ? [2] : [1, 2]).toContain(now);
      if (now !== 2) return;
      expect(contents).toMatchObject({ 'iris:2': 'two' });
      expect(host.store.catalog.resolve('iris', '').batching.maxRows).toBe(2);
    },
  },
  {
    name: 'a change of default',
    act: (host) => host.store.naming.setDefault('pair', 1),
    check(host, acknowledged, contents) {
      expect(contents).toMatchObject({ 'pair:1': 'first', 'pair:2': 'second' });
      expect(acknowledged ? [1] : [1, 2]).toContain(serves(host, 'pair'));
    },
  },
  {
    name: 'a deletion',
    act: (host) => host.store.models.remove('pair', ''),
    check(host, acknowledged, contents) {
      const now = serves(host, 'pair');
      expect(acknowledged ? [0] : [0, 2]).toContain(now);
      const both = { 'pair:1': 'first', 'pair:2': 'second' };
      if (now === 2) expect(contents).toMatchObject(both);
      else expect(Object.keys(contents)).toEqual(['iris:1']);
    },
  },
];

describe('a modelhost that dies at any step', () => {
  test.each(scenarios)('of $name', async ({ act, check }) => {
    const template = await mkdtemp(path.join(tmpdir(), 'shoal-template-'));
    const first = await startHost('first');
    await upload(first, 'iris', 'one');
    await upload(first, 'pair', 'first');
    await upload(first, 'pair', 'second');
    await cp(models(), template, { recursive: true });
    let finished = false;
    let steps = 0;
    for (; !finished; steps++) {
      expect(steps).toBeLessThan(300);
      await startAfresh();
      await cp(template, models(), { recursive: true });
      const dying = new DyingFileSystem();
      const victim = newHost('victim', { fs: dying.fs, pollMs: 3_600_000, catchUpMs: 100 });
      await victim.store.start();
      dying.dieAfter(steps);
      const acknowledged = await act(victim).then(
        () => true,
        () => false,
      );
      finished = acknowledged && !dying.dead;
      await victim.store.stop();

      const after = await startHost('after');
      check(after, acknowledged, await contentsServed(after));
      for (const { versions } of after.store.catalog.models()) {
        expect(versions.every(({ state }) => state === 'ready')).toBe(true);
      }
      // And the work can be done again.
      await upload(after, 'again', 'new');
      expect(serves(after, 'again')).toBe(1);
    }
    expect(steps).toBeGreaterThan(10);
    await rm(template, { recursive: true });
  });

  test('what it leaves is cleaned up when it is an hour old', async () => {
    const staging = path.join(models(), '.staging');
    const old = new Date(Date.now() - 2 * 3_600_000);
    for (const name of ['old', 'young']) {
      await mkdir(path.join(staging, name), { recursive: true });
      await writeFile(path.join(staging, name, 'model.onnx'), 'half');
      if (name === 'young') continue;
      await utimes(path.join(staging, name, 'model.onnx'), old, old);
      await utimes(path.join(staging, name), old, old);
    }
    // An upload that takes long: the directory is old, its file is being written to.
    await utimes(path.join(staging, 'young'), old, old);
    const host = await startHost('a');
    await upload(host, 'iris', 'one');
    await eventually(host, () => serves(host, 'iris') === 1);
    for (let left = ['']; left.join() !== 'young'; left = await readdir(staging)) {
      await host.store.models.update();
    }
  });
});
