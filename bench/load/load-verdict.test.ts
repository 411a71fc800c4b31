import { goodPerSecond, judgeLoad, outcomeOf, recoveredAfterMs } from './load-verdict';
import type { LoadAnswer } from './question';

/** Requests as [due, took, status]. */
function answer(...requests: [due: number, took: number, status: number][]): LoadAnswer {
  return {
    startedAt: 0,
    dueMs: Float64Array.from(requests.map(([due]) => due)),
    tookMs: Float64Array.from(requests.map(([, took]) => took)),
    status: Uint16Array.from(requests.map(([, , status]) => status)),
    isDefault: new Uint8Array(requests.length),
  };
}

const seen = answer(
  [0, 10, 200],
  [100, 20, 200],
  [200, 1, 503],
  [300, 2, 429],
  [400, 90, 504],
  [500, 80, 200],
  [600, NaN, 0],
  [700, 5, 500],
  [800, 30, 200],
  [1500, 7, 503],
);

it.each([
  [200, 50, 'good'],
  [200, 51, 'late'],
  [504, 1, 'late'],
  [503, 1, 'refused'],
  [429, 1, 'refused'],
  [400, 1, 'failed'],
  [0, NaN, 'failed'],
])('calls status %d after %d ms %s', (status, took, outcome) => {
  expect(outcomeOf(status, took, 50)).toBe(outcome);
});

it('judges the requests that were due in the window', () => {
  const verdict = judgeLoad(seen, { fromMs: 0, toMs: 1000, deadlineMs: 50 });
  expect(verdict).toMatchObject({ seconds: 1, sent: 9, good: 3, refused: 2, late: 2, failed: 2 });
  expect(verdict).toMatchObject({ p50Ms: 20, p99Ms: 30, refusedP99Ms: 2, longestWaitMs: 90 });
  expect(verdict.longestPauseMs).toBe(830 - 120);
});

it.each([
  [0, 1000, 3],
  [0, 820, 2.44],
  [110, 1000, 2.25],
  [830, 1000, 5.88],
])('counts good answers a second by when they came: from %d to %d ms', (fromMs, toMs, rate) => {
  expect(goodPerSecond(seen, { fromMs, toMs, deadlineMs: 50 })).toBeCloseTo(rate, 2);
});

it('says when the last request was not good', () => {
  expect(recoveredAfterMs(seen, 700, 50)).toBe(800);
  expect(recoveredAfterMs(seen, 1500, 50)).toBe(0);
});

it('judges nothing', () => {
  const verdict = judgeLoad(answer(), { fromMs: 0, toMs: 1000, deadlineMs: 50 });
  expect(verdict).toMatchObject({ sent: 0, p50Ms: NaN, longestWaitMs: NaN, longestPauseMs: 0 });
});
