import fc from 'fast-check';
import { plainFigures } from '../tests/support/bench-figures';
import { median, medianFigures, medianRatio, percentile, slope, type Figures } from './figures';

function figures(requestsPerSecond: number, more: Partial<Figures> = {}): Figures {
  return plainFigures({ requestsPerSecond, rowsPerSecond: requestsPerSecond, ...more });
}

describe('median', () => {
  it.each([
    [[3], 3],
    [[9, 1, 5], 5],
    [[4, 1, 3, 100], 3.5],
  ])('of %j is %d', (values, middle) => {
    expect(median(values)).toBe(middle);
  });

  it('of nothing is not a number', () => {
    expect(median([])).toBeNaN();
  });

  it('has as many values below as above', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), (values) => {
        const middle = median(values);
        const below = values.filter((value) => value < middle).length;
        const above = values.filter((value) => value > middle).length;
        expect(Math.max(below, above)).toBeLessThanOrEqual(values.length / 2);
      }),
    );
  });
});

describe('percentile', () => {
  it('is the smallest value that the share does not exceed', () => {
    const values = Array.from({ length: 100 }, (_, k) => k + 1);
    expect(percentile(values, 0.5)).toBe(50);
    expect(percentile(values, 0.99)).toBe(99);
    expect(percentile(values, 1)).toBe(100);
    expect(percentile([7], 0.01)).toBe(7);
  });
});

describe('medianFigures', () => {
  it('takes each figure by itself', () => {
    const rounds = [
      figures(10, { p50Ms: 9, cpuUs: { inferrer: 5 } }),
      figures(30, { p50Ms: 1, cpuUs: { inferrer: 7, host: 3 }, rowsPerBatch: 4 }),
      figures(20, {
        p50Ms: 2,
        cpuUs: { inferrer: 6, host: 1 },
        calls: { host: 3 },
        rowsPerBatch: 8,
      }),
    ];
    expect(medianFigures(rounds)).toEqual(
      figures(20, {
        p50Ms: 2,
        cpuUs: { inferrer: 6, host: 1 },
        calls: { host: 0 },
        rowsPerBatch: 6,
      }),
    );
  });
});

describe('medianRatio', () => {
  it('compares within a round, so that a slow round for both does not count', () => {
    const over = [figures(50), figures(5), figures(40)];
    const under = [figures(100), figures(10), figures(100)];
    expect(medianRatio(over, under, ({ requestsPerSecond }) => requestsPerSecond)).toBe(0.5);
  });
});

describe('slope', () => {
  it('finds the line that the points lie on', () => {
    const line = fc.tuple(fc.integer({ min: -99, max: 99 }), fc.integer({ min: -99, max: 99 }));
    fc.assert(
      fc.property(line, fc.integer({ min: 2, max: 50 }), ([rise, start], count) => {
        const points = Array.from({ length: count }, (_, x) => [x, start + rise * x] as const);
        expect(slope(points)).toBeCloseTo(rise, 6);
      }),
    );
  });

  it('is not a number where there is no line', () => {
    expect(slope([[1, 2]])).toBeNaN();
  });
});
