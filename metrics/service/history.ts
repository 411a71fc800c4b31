import type { Scrape } from './merge';
import { numbersOf, type ClusterNumbers } from './summary';
import { increase, totalsOf, type Totals } from './totals';

interface Look {
  readonly at: number;
  readonly totals: ReadonlyMap<string, Totals>;
  readonly hosts: readonly Totals[];
}

/** Remembers what was scraped in the last minute, reduced to a few numbers per process. */
export class History {
  readonly #windowMs: number;
  #looks: Look[] = [];

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** `nowMs` is any clock that does not go back. */
  add(scrapes: readonly Scrape[], nowMs: number): void {
    const totals = new Map<string, Totals>();
    const hosts: Totals[] = [];
    for (const { process, families } of scrapes) {
      if (families === null) continue;
      if (process.role === 'inferrer') totals.set(process.instance, totalsOf(families));
      if (process.role === 'modelhost') hosts.push(totalsOf(families));
    }
    this.#looks = this.#looks.filter(({ at }) => at >= nowMs - this.#windowMs);
    this.#looks.push({ at: nowMs, totals, hosts });
  }

  /** When the last look was; -Infinity for never. */
  get lastAt(): number {
    return this.#looks.at(-1)?.at ?? -Infinity;
  }

  numbers(): ClusterNumbers {
    const first = this.#looks[0];
    const last = this.#looks.at(-1);
    if (first === undefined || last === undefined) return numbersOf([], [], 0);
    const increases = [...last.totals].map(([instance, after]) => {
      const seen = this.#looks.find(({ totals }) => totals.has(instance));
      return increase(seen?.totals.get(instance) ?? after, after);
    });
    return numbersOf(increases, last.hosts, (last.at - first.at) / 1000);
  }
}
