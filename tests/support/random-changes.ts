import { pick, type Dice } from './faults/dice';
import { noModel, type KnownModel, type ModelState } from './known-model';
import { plusModel } from './plus-model';
import { manage, upload } from './uploads';

export const labels = ['stable', 'next'];

/** What the versions of a model add: other numbers than those of any other model. */
const addendsOfEach = 6;

export function addendsOf(model: number): number[] {
  return Array.from({ length: addendsOfEach }, (_, at) => model * 100 + at + 1);
}

export interface RandomChanges {
  /** Makes one change of any kind; rejects where it is answered otherwise than it has to be. */
  one(): Promise<void>;
  /** How many there were of each kind. */
  readonly counts: ReadonlyMap<string, number>;
}

/** Changes of one model, one after the other, at any of these inferrers. */
export function randomChanges(
  model: KnownModel,
  addends: readonly number[],
  urls: readonly string[],
  dice: Dice,
): RandomChanges {
  const maker = new ChangeMaker(model, addends, urls, dice);
  return { one: () => maker.one(), counts: maker.counts };
}

class ChangeMaker {
  readonly counts = new Map<string, number>();
  readonly #model: KnownModel;
  readonly #addends: readonly number[];
  readonly #urls: readonly string[];
  readonly #dice: Dice;

  constructor(model: KnownModel, addends: readonly number[], urls: readonly string[], dice: Dice) {
    this.#model = model;
    this.#addends = addends;
    this.#urls = urls;
    this.#dice = dice;
  }

  async one(): Promise<void> {
    const { addends, unloaded } = this.#model.state;
    const kinds: readonly (readonly [string, () => Promise<void>])[] = [
      ['upload', () => this.#upload()],
      ['upload', () => this.#upload()],
      ['delete version', () => this.#deleteVersion()],
      ['delete', () => this.#delete()],
      ['default', () => this.#default()],
      ['label', () => this.#label()],
      ['variants', () => this.#variants()],
      ['describe', () => this.#describe()],
      ['unload', () => this.#unload()],
    ];
    const [kind, change] =
      addends.size === 0
        ? kinds[0]!
        : unloaded
          ? pick(this.#dice, [kinds[0]!, kinds[3]!, ['load', () => this.#load()] as const])
          : pick(this.#dice, kinds);
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    await change();
  }

  async #upload(): Promise<void> {
    const { state, name, last, config } = this.#model;
    const addend = pick(this.#dice, this.#addends);
    const same = [...state.addends].find(([, added]) => added === addend)?.[0];
    const version = same ?? last + 1;
    // The same bytes again change the default only where they are the newest.
    const promoted = same === undefined || same === Math.max(...state.addends.keys());
    const next = {
      ...withDefault(state, promoted ? version : state.standard),
      addends: new Map([...state.addends, [version, addend]]),
      unloaded: false,
    };
    // An upload loads the model: what it was before answers until the new version is served by all.
    const states = state.unloaded ? [{ ...state, unloaded: false }, next] : [next];
    await this.#model.change(states, async () => {
      const { status, body } = await upload(this.#url(), name, plusModel(addend), {
        fields: { config },
      });
      expect([status, body.version, body]).toEqual([same ? 200 : 201, version, body]);
    });
    this.#model.last = Math.max(last, version);
  }

  async #deleteVersion(): Promise<void> {
    const { state } = this.#model;
    const version = pick(this.#dice, [...state.addends.keys()]);
    const named = [state.standard, ...state.variants, ...state.labels.values()].includes(version);
    const addends = new Map([...state.addends].filter(([number]) => named || number !== version));
    await this.#call({ ...state, addends }, named ? 409 : 204, ['DELETE', `:${version}`]);
  }

  async #delete(): Promise<void> {
    await this.#call(noModel, 204, ['DELETE', '']);
  }

  async #default(): Promise<void> {
    const { state } = this.#model;
    const standard = pick(this.#dice, [...state.addends.keys()]);
    const body = { default: standard };
    await this.#call(withDefault(state, standard), 200, ['POST', '/default', body]);
  }

  async #label(): Promise<void> {
    const { state } = this.#model;
    const label = pick(this.#dice, labels);
    const version = pick(this.#dice, [0, ...state.addends.keys()]);
    const others = [...state.labels].filter(([name]) => name !== label);
    const path = `/labels/${label}`;
    if (version > 0) {
      const moved = new Map([...others, [label, version]]);
      await this.#call({ ...state, labels: moved }, 200, ['PUT', path, { version }]);
    } else {
      const status = state.labels.has(label) ? 204 : 404;
      await this.#call({ ...state, labels: new Map(others) }, status, ['DELETE', path]);
    }
  }

  /** Over two versions, or over none. */
  async #variants(): Promise<void> {
    const { state } = this.#model;
    const versions = [...state.addends.keys()];
    const ends = this.#dice() < 0.3;
    const variants = ends
      ? []
      : [...new Set([pick(this.#dice, versions), pick(this.#dice, versions)])];
    const next = { ...state, variants };
    if (ends) return this.#call(next, 204, ['DELETE', '/variants']);
    const body = { variants: variants.map((version) => ({ version, weight: 1 })) };
    return this.#call(next, 200, ['PUT', '/variants', body]);
  }

  async #describe(): Promise<void> {
    const description = `d${Math.floor(this.#dice() * 1000)}`;
    const body = { model_description: description };
    await this.#call({ ...this.#model.state, description }, 200, ['POST', '', body]);
  }

  #unload(): Promise<void> {
    return this.#control('unload', { ...this.#model.state, unloaded: true });
  }

  #load(): Promise<void> {
    return this.#control('load', { ...this.#model.state, unloaded: false });
  }

  async #control(action: string, next: ModelState): Promise<void> {
    await this.#model.change([next], async () => {
      const path = `/v2/repository/models/${this.#model.name}/${action}`;
      const { status, body } = await manage(this.#url(), 'POST', path, {});
      expect([action, status, body]).toEqual([action, 200, body]);
    });
  }

  async #call(
    next: ModelState,
    wanted: number,
    [method, path, sent]: readonly [method: string, path: string, sent?: object],
  ): Promise<void> {
    await this.#model.change([next], async () => {
      const at = `/api/v1/models/${this.#model.name}${path}`;
      const { status, body } = await manage(this.#url(), method, at, sent);
      expect([method, path, status, body]).toEqual([method, path, wanted, body]);
    });
  }

  #url(): string {
    return pick(this.#dice, this.#urls);
  }
}

/** A new default ends what was tried beside the one before. */
function withDefault(state: ModelState, standard: number): ModelState {
  return standard === state.standard ? state : { ...state, standard, variants: [] };
}
