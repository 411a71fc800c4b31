import { percentile } from './figures';

/** Asks all the time whether the server is ready, and notes how long the answers take. */
export interface HealthProbe {
  /** The times of all answers that came after `sinceMs`, in milliseconds since 1970. */
  stop(sinceMs?: number): Promise<HealthTimes>;
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
  const answers: { readonly ok: boolean; readonly tookMs: number; readonly at: number }[] = [];
  const ask = async (): Promise<void> => {
    const startedAt = performance.now();
    const ok = await ready(url);
    const now = performance.now();
    answers.push({ ok, tookMs: now - startedAt, at: performance.timeOrigin + now });
  };
  let last = Promise.resolve();
  const asking = setInterval(() => {
    last = last.then(ask);
  }, everyMs);
  return {
    stop: async (sinceMs = 0) => {
      clearInterval(asking);
      await last;
      const seen = answers.filter(({ at }) => at > sinceMs);
      const sorted = seen.map(({ tookMs }) => tookMs).sort((a, b) => a - b);
      return {
        asked: seen.length,
        failed: seen.filter(({ ok }) => !ok).length,
        p50Ms: percentile(sorted, 0.5),
        longestMs: sorted.at(-1) ?? NaN,
      };
    },
  };
}

async function ready(url: string): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(answerMs);
    const answer = await fetch(`${url}/v2/health/ready`, { signal });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}
