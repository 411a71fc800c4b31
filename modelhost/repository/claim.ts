import { ensureDirectory, errorCode, ifThere, type FileSystem } from './file-system';
import type { Layout } from './layout';
import type { Claims } from './storage';

type WithClaim = Claims['with'];

/** A claim that was not renewed for this long belongs to a host that died. */
const staleMs = 30_000;

/**
 * Claims are files in the staging directory. They save work, no more: what the work writes has to
 * be safe against two doing it.
 */
export function createClaims(fs: FileSystem, layout: Layout): Claims {
  async function take(file: string): Promise<boolean> {
    await ensureDirectory(fs, layout.staging);
    for (let tries = 0; tries < 2; tries++) {
      try {
        await (await fs.open(file, 'wx')).close();
        return true;
      } catch (error) {
        if (errorCode(error) !== 'EEXIST') throw error;
      }
      const stat = await ifThere(fs.lstat(file));
      if (stat !== undefined && Date.now() - stat.mtimeMs < staleMs) return false;
      await fs.rm(file, { force: true });
    }
    return false;
  }

  const withClaim: WithClaim = async (name, work) => {
    const file = layout.staged(`claim-${name}`);
    if (!(await take(file))) return false;
    const renewal = setInterval(() => {
      const time = new Date();
      fs.utimes(file, time, time).catch(() => undefined);
    }, staleMs / 3);
    try {
      await work();
    } finally {
      clearInterval(renewal);
      await fs.rm(file, { force: true });
    }
    return true;
  };

  const held = async (name: string): Promise<boolean> =>
    (await ifThere(fs.lstat(layout.staged(`claim-${name}`)))) !== undefined;

  return { with: withClaim, held };
}
