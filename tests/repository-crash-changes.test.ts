import { cp, mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createDirectoryStorage } from '../modelhost/repository/directory-storage';
import { nodeFileSystem } from '../modelhost/repository/file-system';
import { changes, comings } from './support/crash-scenarios';
import { dieAtEachStep, type DyingPlace } from './support/crash-trials';
import { DyingFileSystem } from './support/dying-file-system';
import { freshRepository } from './support/model-store-host';

freshRepository();

async function inDirectory(source?: string): Promise<DyingPlace> {
  const root = await mkdtemp(path.join(tmpdir(), 'shoal-dying-'));
  if (source !== undefined) await cp(source, root, { recursive: true });
  const dying = new DyingFileSystem({ onlyWrites: true });
  return {
    victim: { fs: dying.fs, storage: createDirectoryStorage(dying.fs, root) },
    dieAfter: (steps) => {
      dying.dieAfter(steps);
    },
    dead: () => dying.dead,
    async put(name, content) {
      await mkdir(path.dirname(path.join(root, name)), { recursive: true });
      await writeFile(path.join(root, name), content);
    },
    async later() {
      const staging = path.join(root, '.staging');
      const old = new Date(Date.now() - 60_000);
      for (const name of await readdir(staging).catch(() => [])) {
        if (name.startsWith('claim-')) await utimes(path.join(staging, name), old, old);
      }
      return { storage: createDirectoryStorage(nodeFileSystem, root) };
    },
    copy: () => inDirectory(root),
    end: () => rm(root, { recursive: true, force: true }),
  };
}

describe('a modelhost that dies at any step', () => {
  test.each([...changes, ...comings])('of $name', async (scenario) => {
    expect(await dieAtEachStep(scenario, () => inDirectory())).toBeGreaterThan(3);
  });
});
