import { errorCode, ifThere, type FileSystem } from './file-system';
import type { Layout } from './layout';

/**
 * Lets one host of several do a piece of work that all of them see. It saves work, no more: what
 * the work writes has to be safe against two doing it.
 */
export type WithClaim = (name: string, work: () => Promise<void>) => Promise<boolean>;

/** A claim that was not renewed for this long belongs to a host that died. */
const staleMs = 30_000;

/** The work is done under the claim, and true returned; false if another host has it. */
export function createClaims(fs: FileSystem, layout: Layout): WithClaim {
  async function take(file: string): Promise<boolean> {
    await fs.mkdir(layout.staging, { recursive: true });
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

  return async function withClaim(name, work) {
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
}
