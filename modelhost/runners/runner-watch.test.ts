import { RunnerWatch } from './runner-watch';

beforeEach(() => jest.useFakeTimers({ doNotFake: ['nextTick'] }));
afterEach(() => jest.useRealTimers());

test('a runner that loads has not grown: what the load takes is known at its end', async () => {
  const grown: string[] = [];
  let loads = true;
  const limits = { maxRunMs: 60_000, maxLoadMs: 60_000, memoryBytes: Infinity, budgetBytes: 1 };
  const watch = new RunnerWatch(limits, {
    // This one takes more than a byte.
    pid: process.pid,
    busyLoading: () => loads,
    ping: () => Promise.resolve(),
    kill: (reason) => grown.push(reason),
    onGrown: () => grown.push(loads ? 'while it loads' : 'then'),
  });
  await jest.advanceTimersByTimeAsync(3500);
  expect(grown).toEqual([]);
  loads = false;
  await jest.advanceTimersByTimeAsync(1000);
  expect(grown).toEqual(['then']);
  watch.end();
});
