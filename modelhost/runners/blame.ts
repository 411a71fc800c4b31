/** How many deaths of runners, within how long, quarantine a version. */
export interface BlameLimits {
  readonly deaths: number;
  readonly windowMs: number;
}

/** `suspect`: it has killed a runner and had better be alone in the next. */
export type Verdict = 'innocent' | 'suspect' | 'quarantined';

/** Remembers which version killed runners and when; times are of one clock. */
export class Blame {
  readonly #limits: BlameLimits;
  readonly #deaths = new Map<string, number[]>();

  constructor(limits: BlameLimits) {
    this.#limits = limits;
  }

  /** Notes that it killed a runner. */
  add(version: string, now: number): Verdict {
    const deaths = [...this.#recent(version, now), now];
    this.#deaths.set(version, deaths);
    return this.verdict(version, now);
  }

  verdict(version: string, now: number): Verdict {
    const deaths = this.#recent(version, now).length;
    if (deaths === 0) return 'innocent';
    return deaths >= this.#limits.deaths ? 'quarantined' : 'suspect';
  }

  #recent(version: string, now: number): number[] {
    const deaths = this.#deaths.get(version) ?? [];
    const recent = deaths.filter((at) => now - at < this.#limits.windowMs);
    if (recent.length === 0) this.#deaths.delete(version);
    return recent;
  }
}
