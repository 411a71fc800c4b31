import { createBucket, take, waitMs, type Bucket } from './bucket';

/** How many of the requests at these times pass. */
function passed(
  bucket: Bucket,
  rate: { perSecond: number; burst: number },
  times: number[],
): number {
  return times.filter((now) => {
    const passes = waitMs(bucket, rate, now) === 0;
    if (passes) take(bucket, rate, now);
    return passes;
  }).length;
}

/** Requests of some seconds, evenly. */
function evenly(seconds: number, perSecond: number, from = 0): number[] {
  return Array.from({ length: seconds * perSecond }, (_, at) => from + (at * 1000) / perSecond);
}

describe('a bucket', () => {
  test('10 s at three times the rate: what the rate says passes, within two per cent', () => {
    const count = passed(createBucket(), { perSecond: 100, burst: 10 }, evenly(10, 300, 5e6));
    expect(count).toBeGreaterThanOrEqual(980);
    expect(count).toBeLessThanOrEqual(1020);
  });

  test('who keeps to the rate is never refused, even at a burst of one', () => {
    const times = evenly(10, 100, 123_456.789);
    expect(passed(createBucket(), { perSecond: 100, burst: 1 }, times)).toBe(1000);
  });

  test('the burst passes at once, one more does not, and the pause gives it back', () => {
    const bucket = createBucket();
    const rate = { perSecond: 100, burst: 20 };
    expect(passed(bucket, rate, Array<number>(50).fill(1000))).toBe(20);
    expect(waitMs(bucket, rate, 1000)).toBeCloseTo(10);
    expect(passed(bucket, rate, Array<number>(50).fill(1100))).toBe(10);
    expect(passed(bucket, rate, Array<number>(50).fill(9000))).toBe(20);
  });

  test('refused requests cost nothing: who hammers gets his rate all the same', () => {
    expect(passed(createBucket(), { perSecond: 2, burst: 1 }, evenly(10, 1000))).toBe(20);
  });

  test('a rate that was raised counts at once', () => {
    const bucket = createBucket();
    expect(passed(bucket, { perSecond: 1 / 3600, burst: 1 }, [1000, 1001])).toBe(1);
    expect(waitMs(bucket, { perSecond: 10, burst: 5 }, 1002)).toBeLessThanOrEqual(100);
  });
});
