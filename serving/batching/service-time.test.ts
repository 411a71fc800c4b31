import {
  createServiceTime,
  expectedMs,
  learn,
  learnLonger,
  leastMs,
  retryAfter,
  rowsInTime,
  tooSlow,
} from './service-time';

const backlog = { rowsBefore: 100, rowsPerBatch: 10, slots: 2 };

function known(batchMs: number): ReturnType<typeof createServiceTime> {
  return { batchMs, batchRows: 1, learntAt: 0 };
}

describe('service time', () => {
  test('nobody is refused while nothing is known, or what is known is old', () => {
    const time = { now: 0, leftMs: 1 };
    expect(tooSlow(createServiceTime(), backlog, time)).toBe(false);
    expect(tooSlow(known(50), backlog, { now: 5_001, leftMs: 1 })).toBe(false);
    expect(tooSlow(known(50), backlog, time)).toBe(true);
  });

  test('a model of long runs is remembered for three of them', () => {
    expect(expectedMs(known(10_000), { ...backlog, rowsBefore: 0 }, 30_000)).toBe(10_000);
    expect(expectedMs(known(10_000), backlog, 30_001)).toBe(0);
  });

  test('full batches leave from all slots, then its own batch takes its time', () => {
    expect(expectedMs(known(20), backlog, 0)).toBe(10 * 10 + 20);
    expect(expectedMs(known(20), { ...backlog, rowsBefore: 9 }, 0)).toBe(20);
    expect(tooSlow(known(20), backlog, { now: 0, leftMs: 151 })).toBe(false);
    expect(tooSlow(known(20), backlog, { now: 0, leftMs: 149 })).toBe(true);
  });

  test('the average follows, and one batch that waited for a dead host does not count for much', () => {
    const service = createServiceTime();
    for (let at = 0; at < 50; at += 1) learn(service, 10, 1, at);
    expect(service.batchMs).toBeCloseTo(10);
    learn(service, 5_000, 1, 51);
    expect(service.batchMs).toBeCloseTo(16);
    for (let at = 52; at < 100; at += 1) learn(service, 40, 1, at);
    expect(service.batchMs).toBeCloseTo(40, 0);
  });

  test('what is learnt after a long silence replaces what was known', () => {
    const service = known(1_000);
    learn(service, 10, 1, 60_000);
    expect(service.batchMs).toBe(10);
  });

  test('what leaves now does not come back before four fifths of the usual time', () => {
    expect(leastMs(known(50), 1, 10)).toBe(40);
    expect(leastMs(known(50), 1, 5_001)).toBe(0);
    expect(leastMs(createServiceTime(), 1, 0)).toBe(0);
  });

  test("a batch takes a quarter of its callers' time at most, but for one row", () => {
    const service = { batchMs: 400, batchRows: 64, learntAt: 0 };
    const rows = (timeoutMs: number, overheadRows?: number): number =>
      rowsInTime(service, { timeoutMs, overheadRows }, 10);
    expect(rows(500, 0)).toBe(20);
    expect(rows(60_000, 0)).toBe(2400);
    expect(rows(5, 0)).toBe(1);
    expect(rowsInTime(service, { timeoutMs: 500, overheadRows: 0 }, 5_001)).toBe(Infinity);
    expect(rowsInTime(createServiceTime(), { timeoutMs: 500, overheadRows: 0 }, 0)).toBe(Infinity);
  });

  test('a run that costs much beside its rows takes more of them, however short the time', () => {
    const service = createServiceTime();
    learn(service, 100, 10, 0);
    const rows = (timeoutMs: number, overheadRows?: number): number =>
      rowsInTime(service, { timeoutMs, overheadRows }, 10);
    // As long as 20 rows: 5 ms each, 125 of 500 ms make 25, 10 of which are no rows.
    expect(rows(500, 10)).toBe(15);
    // One row takes 55 ms, a quarter more is as long as 13.75.
    expect(rows(100, 10)).toBe(3);
    expect(rows(100, 1000)).toBe(251);
    // Not measured: as if it cost as much as one row.
    expect(rows(500)).toBe(rows(500, 1));
  });

  test('after a flood of full batches small ones are not taken to last as long', () => {
    const service = createServiceTime();
    learn(service, 640, 64, 0);
    const few = { rowsBefore: 3, rowsPerBatch: 64, slots: 2 };
    expect(expectedMs(service, few, 1)).toBe(40);
    expect(leastMs(service, 4, 1)).toBe(32);
    expect(expectedMs(service, { ...few, rowsBefore: 64 }, 1)).toBe(960);
  });

  test('a batch that was given up counts only where it took longer than usual', () => {
    const service = createServiceTime();
    learn(service, 100, 1, 0);
    learnLonger(service, 5, 1, 1);
    expect(service.batchMs).toBe(100);
    learnLonger(service, 300, 1, 2);
    expect(service.batchMs).toBe(140);
  });

  test('Retry-After is the time to work it off, from 1 to 30 seconds', () => {
    expect(retryAfter(createServiceTime(), backlog, 0)).toBe(1);
    expect(retryAfter(known(20), backlog, 0)).toBe(1);
    expect(retryAfter(known(1_000), backlog, 0)).toBe(6);
    expect(retryAfter(known(60_000), backlog, 0)).toBe(30);
  });
});
