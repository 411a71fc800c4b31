import { startCallers, stopCallers } from './callers';

describe('callers', () => {
  afterEach(stopCallers);

  test('count what succeeds and tell what fails, each call with a seed of its own', async () => {
    const seeds: number[] = [];
    const callers = startCallers(2, async (seed) => {
      seeds.push(seed);
      await new Promise(setImmediate);
      if (seed === 3) throw new Error('the third');
    });
    await callers.more(10);
    await callers.stop();
    expect(callers.failures).toEqual(['the third']);
    expect(callers.answered).toBe(seeds.length - 1);
    expect(new Set(seeds).size).toBe(seeds.length);
  });

  test('that nobody has stopped are stopped together', async () => {
    const left = [1, 2].map(() => startCallers(1, () => new Promise(setImmediate)));
    for (const callers of left) await callers.more(5);
    await stopCallers();
    const answered = left.map((callers) => callers.answered);
    await new Promise(setImmediate);
    expect(left.map((callers) => callers.answered)).toEqual(answered);
  });
});
