import { readdir } from 'node:fs/promises';
import path from 'node:path';
import {
  codeOf,
  eventually,
  freshRepository,
  models,
  serves,
  startHost,
  upload,
  type Host,
} from '../tests/support/model-store-host';
import { nodeFileSystem, type FileSystem } from './repository/file-system';

freshRepository();

/** A held upload of version `version` whose caller leaves while it is being loaded. */
async function leftWhileLoading(
  host: Host,
  version: number,
): Promise<{ readonly code: Promise<string>; readonly release: () => void }> {
  const load = `load iris:${version}`;
  const release = host.supervisor.hold(load);
  const gone = new AbortController();
  const code = codeOf(upload(host, 'iris', 'left', { hold: true, signal: gone.signal }));
  await eventually(host, () => host.supervisor.events.includes(load));
  gone.abort();
  return { code, release };
}

interface Gate {
  readonly pass: () => Promise<void>;
  /** Resolves when somebody waits in front of it. */
  readonly reached: Promise<void>;
  readonly open: () => void;
}

function gate(): Gate {
  let [reach, open] = [(): void => undefined, (): void => undefined];
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const opened = new Promise<void>((resolve) => (open = resolve));
  const pass = (): Promise<void> => {
    reach();
    return opened;
  };
  return {
    pass,
    reached,
    open: () => {
      open();
    },
  };
}

const versionsOf = (host: Host) =>
  host.store.catalog.model('iris').versions.map(({ version }) => version);

describe('a caller who leaves', () => {
  test('before anything is stored: nothing is', async () => {
    const host = await startHost('a');
    const { generation } = await upload(host, 'iris', 'one');
    for (const hold of [true, false]) {
      const left = upload(host, 'iris', 'left', { hold, signal: AbortSignal.abort() });
      expect(await codeOf(left)).toBe('client_closed');
    }
    expect(host.store.catalog.resolve('iris', '').generation).toBe(generation);
    expect((await readdir(path.join(models(), 'iris'))).filter((name) => /^\d/.test(name))).toEqual(
      ['1'],
    );
    expect(await readdir(path.join(models(), '.staging'))).toEqual([]);
  });

  test('while a held version is being loaded: it is taken back', async () => {
    const host = await startHost('a');
    await upload(host, 'iris', 'one');
    const { code, release } = await leftWhileLoading(host, 2);
    release();
    expect(await code).toBe('client_closed');
    expect([versionsOf(host), serves(host, 'iris')]).toEqual([[1], 1]);
    expect(await upload(host, 'iris', 'left')).toMatchObject({ version: 3, created: true });
  });

  test('of a model that is new: it is not there', async () => {
    const host = await startHost('a');
    const { code, release } = await leftWhileLoading(host, 1);
    release();
    expect(await code).toBe('client_closed');
    expect(host.store.catalog.models()).toEqual([]);
  });

  test('of a model that was unloaded: it is unloaded again', async () => {
    const host = await startHost('a');
    await upload(host, 'iris', 'one');
    await host.store.control.unload('iris');
    const { code, release } = await leftWhileLoading(host, 2);
    release();
    expect(await code).toBe('client_closed');
    expect(host.store.catalog.model('iris')).toMatchObject({ unloaded: true });
  });

  test('while one that is not held is being loaded: it is the default', async () => {
    const host = await startHost('a');
    const release = host.supervisor.hold('load iris:1');
    const gone = new AbortController();
    const uploading = upload(host, 'iris', 'left', { signal: gone.signal });
    await eventually(host, () => host.supervisor.events.includes('load iris:1'));
    gone.abort();
    release();
    expect(await uploading).toMatchObject({ version: 1, created: true });
    expect(serves(host, 'iris')).toBe(1);
  });

  test('and somebody has sent the same meanwhile: it stays for that one', async () => {
    const host = await startHost('a');
    await upload(host, 'iris', 'one');
    const { code, release } = await leftWhileLoading(host, 2);
    const again = await upload(host, 'iris', 'left', { hold: true });
    expect(again).toMatchObject({ version: 2, created: false, promote: true });
    release();
    expect(await code).toBe('client_closed');
    await host.store.naming.setDefault('iris', 2);
    expect([versionsOf(host), serves(host, 'iris')]).toEqual([[1, 2], 2]);
  });

  test('and somebody sends the same while it is taken back: that is another version', async () => {
    const tombstone = gate();
    const fs: FileSystem = {
      ...nodeFileSystem,
      link: async (from, to) => {
        // The first state is that of its number.
        if (String(to).endsWith('state.2.json')) await tombstone.pass();
        return nodeFileSystem.link(from, to);
      },
    };
    const host = await startHost('a', { fs });
    const { code, release } = await leftWhileLoading(host, 1);
    release();
    await tombstone.reached;
    const again = upload(host, 'iris', 'left', { hold: true });
    // Time for it to find what is not there any more in a moment.
    for (let looks = 0; looks < 20; looks++) await host.store.models.update();
    tombstone.open();
    expect(await code).toBe('client_closed');
    expect(await again).toMatchObject({ version: 2, created: true, promote: true });
    expect(versionsOf(host)).toEqual([2]);
  });

  test('the call that brings a configuration: its version is taken back', async () => {
    const host = await startHost('a');
    await upload(host, 'iris', 'one');
    const release = host.supervisor.hold('load iris:2');
    const gone = new AbortController();
    const override = { config: '{"max_batch_size":4}', files: new Map<string, Buffer>() };
    const calling = codeOf(host.store.control.override('iris', override, gone.signal));
    await eventually(host, () => host.supervisor.events.includes('load iris:2'));
    gone.abort();
    release();
    expect(await calling).toBe('client_closed');
    expect([versionsOf(host), serves(host, 'iris')]).toEqual([[1], 1]);
  });
});
