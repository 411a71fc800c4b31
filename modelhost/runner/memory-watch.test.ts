import { MemoryWatch } from './memory-watch';

const none = (): number => 0;

test.each<[string, readonly number[], number, boolean]>([
  ['one run goes over the limit', [50, 120], 100, true],
  ['a short one is not looked at', [50, 120], 1, false],
  ['it stays below the limit', [50, 99], 100, false],
  ['it was nearly there before', [90, 110], 100, false],
])('%s', (_name, [before = 0, after = 0], runMs, wanted) => {
  let bytes = before;
  const watch = new MemoryWatch(100, none, () => bytes);
  bytes = after;
  expect(watch.tooMuch(runMs)).toBe(wanted);
});

test('what versions took when they were loaded is no part of it', () => {
  let bytes = 50;
  const watch = new MemoryWatch(
    100,
    () => 40,
    () => bytes,
  );
  bytes = 130;
  expect(watch.tooMuch(100)).toBe(false);
  bytes = 180;
  expect(watch.tooMuch(100)).toBe(true);
});

test('what has grown before the last look is no run of now', () => {
  let bytes = 50;
  const watch = new MemoryWatch(100, none, () => bytes);
  bytes = 120;
  watch.look();
  bytes = 121;
  expect(watch.tooMuch(100)).toBe(false);
});
