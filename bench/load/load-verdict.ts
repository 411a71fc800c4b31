import { percentile } from '../figures';
import type { LoadAnswer } from './question';

/** What became of the requests that were due in a stretch of time. */
export interface LoadVerdict {
  readonly seconds: number;
  readonly sent: number;
  /** Answered with 200 before the deadline. */
  readonly good: number;
  /** Answered with 503 or 429. */
  readonly refused: number;
  /** Answered with 504, or with 200 too late. */
  readonly late: number;
  /** Anything else: other answers, broken connections, no answer at all. */
  readonly failed: number;
  /** Of the good ones. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of the refused ones; NaN if there were none. */
  readonly refusedP99Ms: number;
  /** Of all that had an answer. */
  readonly longestWaitMs: number;
  /** Between two good answers, whosever. */
  readonly longestPauseMs: number;
}

/** A stretch of time in milliseconds from the start, and the deadline of each request in it. */
export interface LoadWindow {
  readonly fromMs: number;
  readonly toMs: number;
  readonly deadlineMs: number;
}

type Outcome = 'good' | 'refused' | 'late' | 'failed';

export function outcomeOf(status: number, tookMs: number, deadlineMs: number): Outcome {
  if (status === 200) return tookMs <= deadlineMs ? 'good' : 'late';
  if (status === 503 || status === 429) return 'refused';
  return status === 504 ? 'late' : 'failed';
}

export function judgeLoad(answer: LoadAnswer, window: LoadWindow): LoadVerdict {
  const times: Record<Outcome, number[]> = { good: [], refused: [], late: [], failed: [] };
  const goodAt: number[] = [];
  answer.dueMs.forEach((due, index) => {
    if (due < window.fromMs || due >= window.toMs) return;
    const took = answer.tookMs[index] ?? NaN;
    const outcome = outcomeOf(answer.status[index] ?? 0, took, window.deadlineMs);
    times[outcome].push(took);
    if (outcome === 'good') goodAt.push(due + took);
  });
  const all = Object.values(times).flat();
  const [good, refused] = [sorted(times.good), sorted(times.refused)];
  return {
    seconds: (window.toMs - window.fromMs) / 1000,
    sent: all.length,
    good: good.length,
    refused: refused.length,
    late: times.late.length,
    failed: times.failed.length,
    p50Ms: percentile(good, 0.5),
    p99Ms: percentile(good, 0.99),
    refusedP99Ms: percentile(refused, 0.99),
    longestWaitMs: sorted(all).at(-1) ?? NaN,
    longestPauseMs: longestGap(sorted(goodAt)),
  };
}

/**
 * Good answers that came in the stretch, a second. Those that were due at its end come after it,
 * and would make a stretch that fills a queue look faster than it was.
 */
export function goodPerSecond(answer: LoadAnswer, window: LoadWindow): number {
  const { fromMs, toMs, deadlineMs } = window;
  const good = answer.dueMs.filter((due, index) => {
    const took = answer.tookMs[index] ?? NaN;
    const came = due + took;
    const within = came >= fromMs && came < toMs;
    return within && outcomeOf(answer.status[index] ?? 0, took, deadlineMs) === 'good';
  });
  return good.length / ((toMs - fromMs) / 1000);
}

/** When the last request that was not good was due, in milliseconds after `fromMs`; 0 for none. */
export function recoveredAfterMs(answer: LoadAnswer, fromMs: number, deadlineMs: number): number {
  let last = fromMs;
  answer.dueMs.forEach((due, index) => {
    const outcome = outcomeOf(answer.status[index] ?? 0, answer.tookMs[index] ?? NaN, deadlineMs);
    if (due > fromMs && outcome !== 'good') last = due;
  });
  return last - fromMs;
}

function sorted(values: readonly number[]): readonly number[] {
  return values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
}

function longestGap(times: readonly number[]): number {
  return times.reduce((longest, time, index) => {
    const before = times[index - 1];
    return before === undefined ? longest : Math.max(longest, time - before);
  }, 0);
}
