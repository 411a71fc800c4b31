import { createDice } from '../../tests/support/faults/dice';
import { pickVariant, stickyVariant } from './pick-variant';

const variantsOf = (...weights: number[]) =>
  weights.map((weight, at) => ({ version: at + 1, weight }));

const requests = 10_000;
const splits = [[90, 10], [80, 20], [50, 50], [70, 30, 0], [0, 1], [1, 2, 3, 4], [0.5]];

function counted(weights: readonly number[], pick: (at: number) => number): number[] {
  const counts = weights.map(() => 0);
  for (let at = 0; at < requests; at += 1) {
    const chosen = pick(at) - 1;
    counts[chosen] = (counts[chosen] ?? NaN) + 1;
  }
  return counts;
}

function expectShares(counts: readonly number[], weights: readonly number[]): void {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  for (const [at, weight] of weights.entries()) {
    const share = weight / total;
    const sigma = Math.sqrt(requests * share * (1 - share));
    expect(Math.abs(counts[at]! - requests * share)).toBeLessThanOrEqual(3 * sigma);
  }
}

describe.each(splits.map((weights) => [weights]))('weights %j', (weights) => {
  const variants = variantsOf(...weights);

  test('shares of 10,000 by dice are within 3 sigma; weight 0 is never chosen', () => {
    const dice = createDice(11);
    expectShares(
      counted(weights, () => pickVariant(variants, dice())),
      weights,
    );
  });

  test('so are those by a header, whose value always means the same', () => {
    const ask = (at: number): number => stickyVariant(variants, `user-${at}`);
    const counts = counted(weights, ask);
    expectShares(counts, weights);
    expect(counted(weights, ask)).toEqual(counts);
  });
});

test('the ends of the dice', () => {
  const variants = variantsOf(0, 1, 1, 0);
  expect(pickVariant(variants, 0)).toBe(2);
  expect(pickVariant(variants, 1 - 2 ** -53)).toBe(3);
});

test('whom a canary has got it keeps as its share rises', () => {
  const shares = [1, 10, 50, 100].map((share) => variantsOf(100 - share, share));
  for (let user = 0; user < requests; user += 1) {
    const versions = shares.map((variants) => stickyVariant(variants, `user-${user}`));
    expect(versions).toEqual([...versions].sort());
    expect(versions.at(-1)).toBe(2);
  }
});

test('when weights change, values move only to what has more of them', () => {
  const before = variantsOf(90, 10);
  const after = variantsOf(80, 20);
  let moved = 0;
  for (let user = 0; user < requests; user += 1) {
    const one = stickyVariant(before, String(user));
    const other = stickyVariant(after, String(user));
    if (one === other) continue;
    moved += 1;
    expect([one, other]).toEqual([1, 2]);
  }
  expect(moved / requests).toBeGreaterThan(0.08);
  expect(moved / requests).toBeLessThan(0.12);
});
