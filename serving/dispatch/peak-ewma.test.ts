import { createPeakEwma } from './peak-ewma';

describe('peak EWMA', () => {
  test('rises to a peak at once and decays towards what follows', () => {
    const average = createPeakEwma(1000);
    average.observe(100, 0);
    average.observe(5000, 10);
    expect(average.valueUs).toBe(5000);
    average.observe(100, 1010);
    expect(average.valueUs).toBeCloseTo(5000 * Math.exp(-1) + 100 * (1 - Math.exp(-1)), 6);
    average.observe(100, 60_000);
    expect(average.valueUs).toBeCloseTo(100, 3);
  });
});
