import fc from 'fast-check';
import { Buckets } from './buckets';
import { percentile, type CumulativeBucket } from './percentile';

const buckets: CumulativeBucket[] = [
  { bound: 1, count: 10 },
  { bound: 2, count: 10 },
  { bound: 4, count: 90 },
  { bound: Infinity, count: 100 },
];

describe('percentile of buckets', () => {
  it.each([
    [0.05, 0.5],
    [0.1, 1],
    [0.5, 3],
    [0.9, 4],
    [0.99, 4],
  ])('%d lies at %d', (q, expected) => {
    expect(percentile(buckets, q)).toBeCloseTo(expected, 10);
  });

  it('of nothing is null', () => {
    expect(percentile([], 0.5)).toBeNull();
    expect(percentile([{ bound: Infinity, count: 0 }], 0.5)).toBeNull();
  });

  it('lies in the bucket of the true value', () => {
    const bounds = [1, 2, 5, 10, 20, 50, 100];
    const values = fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(values, fc.double({ min: 0.01, max: 1, noNaN: true }), (all, q) => {
        const counted = new Buckets(bounds);
        for (const value of all) counted.observe(value);
        const cumulative = counted
          .samples({})
          .filter(({ le }) => le !== undefined)
          .map(({ le, value }) => ({ bound: le === '+Inf' ? Infinity : Number(le), count: value }));
        const sorted = [...all].sort((a, b) => a - b);
        const truth = sorted[Math.max(0, Math.ceil(q * all.length) - 1)]!;
        const upper = bounds.find((bound) => truth <= bound)!;
        const lower = [0, ...bounds].findLast((bound) => bound < upper)!;
        const found = percentile(cumulative, q)!;
        expect(found).toBeGreaterThanOrEqual(lower);
        expect(found).toBeLessThanOrEqual(upper);
      }),
    );
  });
});
