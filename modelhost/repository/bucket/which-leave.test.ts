import { whichLeave, type CachedFile } from './which-leave';

const file = (sha256: string, usedMs: number, inUse = false): CachedFile => ({
  sha256,
  bytes: 10,
  usedMs,
  inUse,
});
const names = (files: readonly CachedFile[]): string[] => files.map(({ sha256 }) => sha256);

test.each([
  ['nothing while there is room', 30, []],
  ['what was not used for longest', 20, ['old']],
  ['more of it where more is too much', 10, ['old', 'new']],
  ['never what is in use', 0, ['old', 'new']],
])('%s: at most %d bytes', (_, maxBytes, leaving) => {
  const files = [file('new', 3), file('loaded', 1, true), file('old', 2)];
  expect(names(whichLeave(files, maxBytes))).toEqual(leaving);
});
