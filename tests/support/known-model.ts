/** What a model of `plusModel` is between two changes. */
export interface ModelState {
  /** What each version adds; none: there is no such model. */
  readonly addends: ReadonlyMap<number, number>;
  readonly standard: number;
  readonly labels: ReadonlyMap<string, number>;
  /** Versions over which requests without one are spread; none: the default alone answers. */
  readonly variants: readonly number[];
  readonly unloaded: boolean;
  readonly description: string;
}

export const noModel: ModelState = {
  addends: new Map(),
  standard: 0,
  labels: new Map(),
  variants: [],
  unloaded: false,
  description: '',
};

/** What a caller asks for: the default where it is '', a label, or a version. */
export type Reference = string | number;

/** A number is what was added, a text the status of a refusal. */
export type Outcome = number | '404' | '503';

/** What a model was, is, and is to be; so it is known what a call may be answered at any time. */
export class KnownModel {
  readonly name: string;
  /** With which all its versions are uploaded, as JSON. */
  readonly config: string;
  /** Highest number of a version that was given so far, also of those that are gone. */
  last = 0;
  /** All that were asked for, the first to begin with. */
  readonly #states: ModelState[] = [noModel];
  #acknowledged = 0;

  constructor(name: string, config = '{}') {
    this.name = name;
    this.config = config;
  }

  /** The last one that was acknowledged. */
  get state(): ModelState {
    return this.#states[this.#acknowledged]!;
  }

  /**
   * From when the states are asked for until the work is done, each may be seen, and the one before;
   * then only the last.
   */
  async change(states: readonly ModelState[], work: () => Promise<void>): Promise<void> {
    this.#states.push(...states);
    await work();
    this.#acknowledged = this.#states.length - 1;
  }

  /** To be called when a call begins; the answer, when it has ended, says what it may have got. */
  begin(reference: Reference): () => ReadonlySet<Outcome> {
    const from = this.#acknowledged;
    return () => {
      const seen = this.#states.slice(from);
      const outcomes = new Set(seen.flatMap((state) => outcomesOf(state, reference)));
      // While it comes or goes, it is there and not ready.
      return seen.length > 1 && outcomes.has('404') ? outcomes.add('503') : outcomes;
    };
  }
}

/** Who asks for the default may get it where variants are, too: it answers for one that cannot. */
function outcomesOf(state: ModelState, of: Reference): Outcome[] {
  const { addends, standard, labels, variants, unloaded } = state;
  if (unloaded) return ['404'];
  const version = typeof of === 'number' ? of : labels.get(of);
  const versions = of === '' ? [standard, ...variants] : [version ?? 0];
  return versions.map((each) => addends.get(each) ?? '404');
}
