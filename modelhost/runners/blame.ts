/** When deaths of runners are held against a version or against what a request asked of it. */
export interface BlameLimits {
  /** Deaths further back than this count no more. */
  readonly windowMs: number;
  /** How long a version or a content stays out. */
  readonly quarantineMs: number;
}

/** The death of a runner by what it was at. */
export interface CountedDeath {
  /** Hash of the one request that was run, '' where it is not known. */
  readonly content: string;
  /** True where that request had been lost with a runner before. */
  readonly repeated: boolean;
  readonly loading: boolean;
  /** Runs of the version that the runner had answered before. */
  readonly answered: number;
}

/** `suspect`: it has killed a runner and had better be alone in the next, and watched. */
export type Verdict = 'innocent' | 'suspect' | 'quarantined';

export interface Judgement {
  readonly verdict: Verdict;
  /** The content has killed twice and is to be refused. */
  readonly refuseContent: boolean;
}

/** Deaths with one content, or in loading, after which it is out. */
const deathsOfOne = 2;
/** Deaths of a version with whatever content after which it is out though it answers others. */
const deathsOfAnswering = 5;

interface Death extends CountedDeath {
  readonly at: number;
}

/**
 * Remembers what killed runners and when, and tells a guilty request from a guilty model: a model
 * that dies whatever it is asked, or in loading, is put into quarantine; where it answers others,
 * only the content is, until too many different ones have killed. Times are of one clock.
 */
export class Blame {
  readonly #limits: BlameLimits;
  readonly #deaths = new Map<string, readonly Death[]>();
  readonly #quarantined = new Map<string, number>();

  constructor(limits: BlameLimits) {
    this.#limits = limits;
  }

  /** Notes that it killed a runner. */
  add(version: string, death: CountedDeath, now: number): Judgement {
    const deaths = [...this.#recent(version, now), { ...death, at: now }];
    this.#deaths.set(version, deaths);
    if (isGuilty(deaths)) {
      this.#quarantined.set(version, now + this.#limits.quarantineMs);
      this.#deaths.delete(version);
    }
    return {
      verdict: this.verdict(version, now),
      refuseContent: death.content !== '' && killsOf(death.content, deaths) >= deathsOfOne,
    };
  }

  verdict(version: string, now: number): Verdict {
    if (this.leftMs(version, now) > 0) return 'quarantined';
    return this.#recent(version, now).length === 0 ? 'innocent' : 'suspect';
  }

  /** Milliseconds until a version in quarantine is tried again; 0 for all others. */
  leftMs(version: string, now: number): number {
    const leftMs = (this.#quarantined.get(version) ?? now) - now;
    if (leftMs > 0) return leftMs;
    this.#quarantined.delete(version);
    return 0;
  }

  #recent(version: string, now: number): readonly Death[] {
    const deaths = this.#deaths.get(version) ?? [];
    const recent = deaths.filter(({ at }) => now - at < this.#limits.windowMs);
    if (recent.length === 0) this.#deaths.delete(version);
    return recent;
  }
}

/** A request that was lost before and now is caught alone has killed twice. */
function killsOf(content: string, deaths: readonly Death[]): number {
  const own = deaths.filter((death) => death.content === content);
  return own.some(({ repeated }) => repeated) ? own.length + 1 : own.length;
}

function isGuilty(deaths: readonly Death[]): boolean {
  const known = new Set(deaths.map(({ content }) => content).filter((content) => content !== ''));
  const unknown = deaths.filter(({ content, loading }) => content === '' && !loading).length;
  const answers = deaths.some(({ answered }) => answered > 0);
  return (
    deaths.filter(({ loading }) => loading).length >= deathsOfOne ||
    known.size >= (answers ? deathsOfAnswering : deathsOfOne) ||
    known.size + unknown >= deathsOfAnswering
  );
}
