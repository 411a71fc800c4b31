/** How many requests may come: on average, and at once after a pause. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** The limits of one model; null where there is none. */
export interface ModelRates {
  /** Of all clients together. */
  readonly total: Rate | null;
  readonly perClient: Rate | null;
}

/** What `parseRate` reads, for messages about texts that it does not. */
export const rateForm = 'a rate such as 100/s, 100/s burst 20 or 5000/h';

const form = /^(\d{1,9}(?:\.\d{1,6})?)\/(s|min|h)(?: burst (\d{1,9}))?$/;
const seconds: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3600 };

/**
 * Reads `<requests>/<s, min or h>[ burst <requests>]`; undefined where the text is something else.
 * The burst is a tenth of a second's requests where it is not said, so that what passes in some
 * seconds is what the rate says.
 */
export function parseRate(text: string): Rate | undefined {
  const [, count = '', unit = '', burst] = form.exec(text) ?? [];
  const perSecond = Number(count) / (seconds[unit] ?? 1);
  const atOnce = burst === undefined ? Math.max(1, Math.ceil(perSecond / 10)) : Number(burst);
  return perSecond > 0 && atOnce > 0 ? { perSecond, burst: atOnce } : undefined;
}
