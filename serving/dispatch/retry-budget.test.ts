import { RetryBudget } from './retry-budget';

describe('RetryBudget', () => {
  test('a thousand requests allow a hundred retries and the ten of the second', () => {
    const budget = new RetryBudget();
    let taken = 0;
    for (let request = 0; request < 1000; request += 1) {
      budget.requests(1);
      if (budget.take(1, 0)) taken += 1;
    }
    expect(taken).toBeGreaterThanOrEqual(108);
    expect(taken).toBeLessThanOrEqual(110);
  });

  test('without requests there are ten a second, not saved up for ever', () => {
    const budget = new RetryBudget();
    const takeAll = (now: number): number => {
      let taken = 0;
      while (budget.take(1, now)) taken += 1;
      return taken;
    };
    takeAll(0);
    expect(takeAll(1000)).toBe(10);
    expect(takeAll(60_000)).toBe(10);
  });

  test('a batch takes as many retries as it has requests, or none', () => {
    const budget = new RetryBudget();
    expect(budget.take(11, 0)).toBe(false);
    expect(budget.take(10, 0)).toBe(true);
  });
});
