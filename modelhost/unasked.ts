/** Without a request for so long, whoever sends has learnt that this host leaves. */
const quietMs = 250;
/** Clients that talk to this host directly do not learn of it, and never stop. */
const mostMs = 3_000;

/**
 * Resolves when no more requests come, at once where none has ever come: balancers follow the list
 * of hosts a moment later, and until then what they send has to be taken. `count` says how many
 * have come so far.
 */
export async function unasked(count: () => number): Promise<void> {
  const end = performance.now() + mostMs;
  let before = 0;
  while (count() > before && performance.now() < end) {
    before = count();
    await new Promise((resolve) => setTimeout(resolve, quietMs));
  }
}
