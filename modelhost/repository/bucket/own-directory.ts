import { chmod, lstat, mkdir, stat } from 'node:fs/promises';
import { ShoalError } from '../../../core/errors';

/** This user and root; none where the system knows no users. */
function ownUsers(): ReadonlySet<number> | undefined {
  const user = process.getuid?.();
  return user === undefined ? undefined : new Set([0, user]);
}

/**
 * Makes a directory for this user alone, or takes one that is there. Throws insufficient_storage where
 * that is another user's, who could put there what he likes. Of one of this user's own the rights of
 * others that are in `taken` are taken away.
 */
export async function ownDirectory(
  directory: string,
  taken: number,
  users = ownUsers(),
): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  if (users === undefined) return;
  const target = await stat(directory);
  // Of a link both count: who owns it may lead it elsewhere.
  const owners = [(await lstat(directory)).uid, target.uid];
  if (owners.some((owner) => !users.has(owner))) {
    throw new ShoalError(
      'insufficient_storage',
      'The directory for models that come from the bucket belongs to another user, who could put ' +
        'other models there: name one of this user (MODEL_CACHE).',
    );
  }
  const mode = target.mode & 0o7777;
  if (target.uid === process.getuid?.() && (mode & taken) !== 0) {
    await chmod(directory, mode & ~taken);
  }
}
