import type { Member } from '../../protocol/cluster/heartbeat';

/**
 * The hosts of the cluster, as the inferrers tell them: whoever one of them knows is there. Where no
 * inferrer can be reached any more, what was told last stays.
 */
export class Members {
  readonly #own: () => Member;
  readonly #told = new Map<string, readonly Member[]>();
  /** The inferrer that was lost last, where its word is the last one. */
  #lost: string | undefined;

  /** @param alone there are no inferrers, and so no others */
  constructor(own: () => Member, alone: boolean) {
    this.#own = own;
    if (alone) this.#told.set('', []);
  }

  tell(inferrer: string, hosts: readonly Member[]): void {
    // The last word on a host is the one that counts.
    this.#told.delete(inferrer);
    if (this.#lost !== undefined) this.#told.delete(this.#lost);
    this.#lost = undefined;
    this.#told.set(inferrer, hosts);
  }

  lost(inferrer: string): void {
    if (this.#told.size > 1) this.#told.delete(inferrer);
    else if (this.#told.has(inferrer)) this.#lost = inferrer;
  }

  /** All of them, this one as it knows itself; undefined until the first word. */
  current(): readonly Member[] | undefined {
    if (this.#told.size === 0) return undefined;
    const own = this.#own();
    const all = [...this.#told.values()].flat().map((member) => [member.id, member] as const);
    return [...new Map([...all, [own.id, own] as const]).values()];
  }
}
