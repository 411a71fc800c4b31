import {
  laterOf,
  mostVersions,
  noCounters,
  sumOf,
  type Counters,
  type Sheet,
  type Wanted,
} from './counters';

/** The sheets of processes by what names each of their lives, as they travel between inferrers. */
export type Ledger = ReadonlyMap<string, Sheet>;

/** So many lives are remembered, those that were heard of last. */
const mostLives = 256;

/**
 * Remembers what each life of each inferrer has counted, those that have ended as well. Of one life
 * the larger of two numbers is the later one, so that it does not matter who tells what and when;
 * the total is the sum over all lives, and no life ever counts less. Of more versions than a sheet has
 * those told of first are forgotten.
 */
export class LifeLedger {
  readonly #lives = new Map<string, Map<string, Counters>>();

  /** Takes in what somebody knows, of all versions or of some. */
  merge(told: Ledger): void {
    for (const [life, sheet] of told) this.#take(life, sheet);
    for (const life of this.#lives.keys()) {
      if (this.#lives.size <= mostLives) break;
      this.#lives.delete(life);
    }
  }

  /** All lives, also those that have counted nothing of what is wanted: who is told counts them from then on. */
  of(wanted: Wanted): Ledger {
    if (wanted === undefined) return this.#lives;
    return new Map([...this.#lives].map(([life, sheet]) => [life, only(sheet, wanted)]));
  }

  /** What all lives have counted of one version. */
  total(key: string): Counters {
    let total = noCounters;
    for (const sheet of this.#lives.values()) total = sumOf(total, sheet.get(key) ?? noCounters);
    return total;
  }

  /** What each life has counted of one version. */
  each(key: string): ReadonlyMap<string, Counters> {
    return new Map([...this.#lives].map(([life, sheet]) => [life, sheet.get(key) ?? noCounters]));
  }

  #take(life: string, sheet: Sheet): void {
    const known = this.#lives.get(life) ?? new Map<string, Counters>();
    // Those told of last come last.
    for (const [key, counters] of sheet) {
      const merged = laterOf(known.get(key) ?? noCounters, counters);
      known.delete(key);
      known.set(key, merged);
    }
    for (const key of known.keys()) {
      if (known.size <= Math.max(sheet.size, 2 * mostVersions)) break;
      known.delete(key);
    }
    this.#lives.delete(life);
    this.#lives.set(life, known);
  }
}

function only(sheet: Sheet, wanted: ReadonlySet<string>): Sheet {
  const some = new Map<string, Counters>();
  for (const key of wanted) {
    const counters = sheet.get(key);
    if (counters !== undefined) some.set(key, counters);
  }
  return some;
}
