import { percentile } from './figures';

/** Asks all the time whether the server is ready, and notes how long the answers take. */
export interface HealthProbe {
  stop(): Promise<HealthTimes>;
}

export interface HealthTimes {
  readonly asked: number;
  /** Not answered with 200 within 5 s. */
  readonly failed: number;
  readonly p50Ms: number;
  readonly longestMs: number;
}

const everyMs = 50;
const answerMs = 5000;

export function startHealthProbe(url: string): HealthProbe {
  const times: number[] = [];
  let failed = 0;
  const ask = async (): Promise<void> => {
    const startedAt = performance.now();
    try {
      const signal = AbortSignal.timeout(answerMs);
      const answer = await fetch(`${url}/v2/health/ready`, { signal });
      await answer.arrayBuffer();
      if (!answer.ok) failed += 1;
    } catch {
      failed += 1;
    }
    times.push(performance.now() - startedAt);
  };
  let last = Promise.resolve();
  const asking = setInterval(() => {
    last = last.then(ask);
  }, everyMs);
  return {
    stop: async () => {
      clearInterval(asking);
      await last;
      const sorted = times.sort((a, b) => a - b);
      return {
        asked: times.length,
        failed,
        p50Ms: percentile(sorted, 0.5),
        longestMs: sorted.at(-1) ?? NaN,
      };
    },
  };
}
