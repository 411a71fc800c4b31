import { RetryBudget } from './retry-budget';

function takeAll(budget: RetryBudget, now: number): number {
  let taken = 0;
  while (budget.take(1, now)) taken += 1;
  return taken;
}

describe('RetryBudget', () => {
  test('a thousand requests allow a hundred retries besides the ten of each of ten seconds', () => {
    const budget = new RetryBudget();
    takeAll(budget, 0);
    let taken = 0;
    for (let request = 0; request < 1000; request += 1) {
      budget.requests(1, 0);
      if (budget.take(1, 0)) taken += 1;
    }
    expect(taken).toBeGreaterThanOrEqual(99);
    expect(taken).toBeLessThanOrEqual(100);
  });

  test('without requests there are a hundred in any ten seconds, not saved up for ever', () => {
    const budget = new RetryBudget();
    expect(takeAll(budget, 500)).toBe(100);
    expect(takeAll(budget, 9_900)).toBe(0);
    expect(takeAll(budget, 10_000)).toBe(100);
    expect(takeAll(budget, 60_000)).toBe(100);
  });

  test('a loss among many requests under way is within it, however many were under way', () => {
    const budget = new RetryBudget();
    for (let ms = 0; ms < 10_000; ms += 1) budget.requests(10, ms);
    expect(budget.take(5_000, 9_999)).toBe(true);
    expect(budget.take(6_000, 9_999)).toBe(false);
  });

  test('a batch takes as many retries as it has requests, or none', () => {
    const budget = new RetryBudget();
    expect(budget.take(101, 0)).toBe(false);
    expect(budget.take(100, 0)).toBe(true);
  });

  test('what happens in any case is charged to those that come later', () => {
    const budget = new RetryBudget();
    budget.charge(150, 0);
    budget.requests(490, 0);
    expect(budget.take(1, 0)).toBe(false);
    budget.requests(20, 0);
    expect(budget.take(1, 0)).toBe(true);
  });
});
