import { restartDelayMs } from './restart-delay';

test.each([
  [[], 0, 0],
  [[100], 100, 0],
  [[0, 100], 100, 100],
  [[0, 50, 100], 100, 200],
  [[0, 0, 0, 0, 0, 0], 100, 1600],
  [Array<number>(30).fill(0), 100, 10_000],
  [[0, 0, 0, 0, 100_000], 100_000, 0],
])('after deaths at %j it waits, at %d, %d ms', (deaths, now, wanted) => {
  expect(restartDelayMs(deaths, now)).toBe(wanted);
});
