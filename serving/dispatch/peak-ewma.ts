/**
 * Moving average of answer times that rises to a peak at once and decays with time constant
 * `decayMs` (Finagle's PeakEwma): a host that has just been slow is avoided, and forgiven later.
 */
export interface PeakEwma {
  readonly valueUs: number;
  observe(latencyUs: number, nowMs: number): void;
}

export function createPeakEwma(decayMs: number): PeakEwma {
  let value = 0;
  let stamp = 0;
  return {
    get valueUs() {
      return value;
    },
    observe(latencyUs, nowMs) {
      if (latencyUs >= value) {
        value = latencyUs;
      } else {
        const weight = Math.exp(-Math.max(0, nowMs - stamp) / decayMs);
        value = value * weight + latencyUs * (1 - weight);
      }
      stamp = nowMs;
    },
  };
}
