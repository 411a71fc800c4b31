import type { FileSystem } from './file-system';
import { ifThere } from './file-system';
import { reading, repositoryAway } from './storage-fault';

/**
 * Whether the repository's directory is where it was. Where its mount is lost, an empty directory
 * lies in its place: what is read there must not be taken for the end of all models, and what is
 * written there would be lost.
 */
export interface Presence {
  /** Rejects with storage_unavailable where it is not there, or another one than at the last look. */
  confirm(): Promise<void>;
  /**
   * A look at all of it, which says whether it has found anything. Another directory with models is
   * taken for the repository from then on; one without any is not, and the look rejects as above.
   */
  look<Found>(work: () => Promise<Found>, isEmpty: (found: Found) => boolean): Promise<Found>;
}

export function createPresence(fs: Pick<FileSystem, 'stat'>, root: string): Presence {
  let known: string | undefined;

  /** Where the root is a link, of what it leads to. */
  async function identity(): Promise<string> {
    const stat = await reading(() => ifThere(fs.stat(root)));
    if (stat?.isDirectory() !== true) throw repositoryAway();
    return `${stat.dev} ${stat.ino}`;
  }

  return {
    async confirm() {
      const now = await identity();
      if (known !== undefined && now !== known) throw repositoryAway();
    },
    async look(work, isEmpty) {
      const now = await identity();
      const found = await reading(work);
      if (known !== undefined && now !== known && isEmpty(found)) throw repositoryAway();
      known = now;
      return found;
    },
  };
}
