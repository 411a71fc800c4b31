import type { Figures } from '../../bench/figures';

/** Figures of a measurement in which nothing stands out; `more` is what does. */
export function plainFigures(more: Partial<Figures> = {}): Figures {
  return {
    requestsPerSecond: 1000,
    rowsPerSecond: 1000,
    p50Ms: 1,
    p99Ms: 2,
    cpuUs: {},
    kernelUs: {},
    copiedBytes: {},
    calls: {},
    residentBytes: {},
    rowsPerBatch: null,
    ...more,
  };
}
