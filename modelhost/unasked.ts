import type { Infer } from '../protocol/infer';

/** Without a request for so long, whoever sends has learnt that this host leaves. */
const quietMs = 250;
/** Clients that talk to this host directly do not learn of it, and never stop. */
const mostMs = 3_000;

export interface Counted {
  readonly infer: Infer;
  /** How many requests have begun so far. */
  readonly asked: () => number;
}

export function counted(infer: Infer): Counted {
  let asked = 0;
  return {
    infer(request, context) {
      asked += 1;
      return infer(request, context);
    },
    asked: () => asked,
  };
}

/**
 * Resolves when no more requests begin, at once where none ever has: balancers follow the list of
 * hosts a moment later, and until then what they send has to be taken.
 */
export async function unasked(asked: Counted['asked']): Promise<void> {
  const end = performance.now() + mostMs;
  let before = 0;
  while (asked() > before && performance.now() < end) {
    before = asked();
    await new Promise((resolve) => setTimeout(resolve, quietMs));
  }
}
