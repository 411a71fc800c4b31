import { chmod, mkdir, stat, symlink } from 'node:fs/promises';
import path from 'node:path';
import { temporaryDirectory } from '../../../tests/support/small-models';
import { ownDirectory } from './own-directory';

const root = temporaryDirectory();
const modeOf = async (directory: string): Promise<number> => (await stat(directory)).mode & 0o777;

test('what is made is for this user alone; what is there loses the rights that are named', async () => {
  const made = path.join(root, 'a', 'b');
  await ownDirectory(made, 0o077);
  expect([await modeOf(made), await modeOf(path.dirname(made))]).toEqual([0o700, 0o700]);
  await chmod(made, 0o777);
  await ownDirectory(made, 0o022);
  expect(await modeOf(made)).toBe(0o755);
  await ownDirectory(made, 0o077);
  expect(await modeOf(made)).toBe(0o700);
});

test('that of another user is refused and left as it is', async () => {
  const theirs = path.join(root, 'theirs');
  await mkdir(theirs, { mode: 0o755 });
  const others = new Set([(await stat(theirs)).uid + 1]);
  await symlink(theirs, path.join(root, 'link'));
  for (const directory of [theirs, path.join(root, 'link')]) {
    await expect(ownDirectory(directory, 0o077, others)).rejects.toMatchObject({
      code: 'insufficient_storage',
      message: expect.stringContaining('MODEL_CACHE') as string,
    });
  }
  expect(await modeOf(theirs)).toBe(0o755);
});
