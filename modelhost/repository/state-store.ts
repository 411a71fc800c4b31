import { randomUUID } from 'node:crypto';
import { ShoalError } from '../../core/errors';
import type { Logger } from '../../core/logging';
import { generationsIn, stateName } from './layout';
import { noState, type ModelState } from './model-state';
import { parseState } from './schema';
import type { Storage } from './storage';

/** Makes the next state of the current one; undefined leaves it as it is. May throw. */
export type StateChange = (state: ModelState) => ModelState | undefined;

/**
 * The states of all models, shared by all hosts of the cluster. A change is a compare-and-swap:
 * whoever creates `state.<generation + 1>.json` first has made it, all others try again on top.
 */
export interface StateStore {
  /**
   * The current state; `noState` where nothing has been written. `names` is what has just been
   * found in the model's folder, where the caller knows.
   */
  read(model: string, names?: readonly string[]): Promise<ModelState>;
  /** Applies the change to the current state, as often as needed until nobody came in between. */
  update(model: string, change: StateChange): Promise<ModelState>;
}

/** States kept behind the current one; more than any writer can fall behind unnoticed. */
const keptStates = 16;
const maxTries = 10_000;

/** What states need of where they lie. */
export type StateStorage = Pick<
  Storage,
  'names' | 'stamp' | 'read' | 'create' | 'secure' | 'remove'
>;

export function createStateStore(storage: StateStorage, logger?: Pick<Logger, 'warn'>): StateStore {
  return new NumberedStates(storage, logger);
}

interface Remembered {
  readonly stamp: string;
  readonly state: ModelState;
}

class NumberedStates implements StateStore {
  readonly #storage: StateStorage;
  readonly #logger: Pick<Logger, 'warn'> | undefined;
  /**
   * The highest generation ever seen of a model, so that one whose directory went away and came
   * back does not start at 1 again while others remember it.
   */
  readonly #seen = new Map<string, number>();
  /** What was read last of each model: a state never changes, so its file is read once. */
  readonly #remembered = new Map<string, Remembered>();

  constructor(storage: StateStorage, logger: Pick<Logger, 'warn'> | undefined) {
    this.#storage = storage;
    this.#logger = logger;
  }

  async read(model: string, names?: readonly string[]): Promise<ModelState> {
    const listed = names === undefined ? [] : generationsIn(names);
    // Made before a state that is known by now, or before the first one: it would hide that state.
    const outOfDate = (listed.at(-1) ?? 0) < (this.#seen.get(model) ?? 1);
    let generations = outOfDate ? await this.#generations(model) : listed;
    for (; ; generations = await this.#generations(model)) {
      const newest = generations.at(-1);
      if (newest === undefined) {
        this.#remembered.delete(model);
        return { ...noState, generation: this.#seen.get(model) ?? 0 };
      }
      const state = await this.#remember(model, newest);
      // Pruned between the two looks: newer ones have come.
      if (state === undefined) continue;
      this.#seen.set(model, state.generation);
      return state;
    }
  }

  async update(model: string, change: StateChange): Promise<ModelState> {
    for (let tries = 0; tries < maxTries; tries++) {
      const base = await this.read(model);
      const changed = change(base);
      if (changed === undefined) return base;
      const next = await this.#create(model, base, changed);
      if (next !== undefined) return next;
    }
    throw new ShoalError('conflict', `The model '${model}' is being changed by others; try again.`);
  }

  async #generations(model: string): Promise<number[]> {
    return generationsIn(await this.#storage.names(model));
  }

  async #remember(model: string, generation: number): Promise<ModelState | undefined> {
    const found = await this.#storage.stamp(stateName(model, generation));
    if (found === undefined) return undefined;
    const stamp = `${generation} ${found}`;
    const known = this.#remembered.get(model);
    if (known?.stamp === stamp) return known.state;
    const state = await this.#load(model, generation);
    if (state !== undefined) this.#remembered.set(model, { stamp, state });
    return state;
  }

  async #load(model: string, generation: number): Promise<ModelState | undefined> {
    const text = await this.#storage.read(stateName(model, generation));
    return text === undefined ? undefined : parseState(text);
  }

  /** Creates the state after `base`; undefined if somebody else did. */
  async #create(
    model: string,
    base: ModelState,
    changed: ModelState,
  ): Promise<ModelState | undefined> {
    const generation = base.generation + 1;
    const next = { ...changed, generation, id: randomUUID(), previous: base.id };
    const name = stateName(model, generation);
    const text = asText(next);
    // Whoever reads it finds the model unusable otherwise, and no later change could mend that.
    parseState(text);
    if (!(await this.#storage.create(name, text))) return undefined;
    if (!(await this.#isCurrent(model, next))) return undefined;
    this.#seen.set(model, generation);
    // After the look, as it takes long: others must not be far ahead by then.
    await this.#storage.secure(name);
    // The change is made: the next one prunes what stays now.
    await this.#prune(model, next.deleted ? 0 : keptStates).catch((error: unknown) => {
      this.#logger?.warn({ model, err: error }, 'older states could not be removed');
    });
    return next;
  }

  /**
   * The number was free because nobody had used it, or because it had been used and pruned while
   * this writer slept. In the second case later states are there that were not built on this one.
   */
  async #isCurrent(model: string, created: ModelState): Promise<boolean> {
    const newest = (await this.#generations(model)).at(-1);
    if (newest === created.generation) return true;
    const after = await this.#load(model, created.generation + 1);
    if (after?.previous === created.id) return true;
    await this.#storage.remove(stateName(model, created.generation));
    return false;
  }

  /**
   * Oldest first: a state that is there has not lost any of its successors to pruning. Of a deleted
   * model the last alone stays, for good: a writer that fell behind two deletions makes its change
   * once more, on top of them.
   */
  async #prune(model: string, kept: number): Promise<void> {
    const all = await this.#generations(model);
    for (const generation of all.slice(0, -1 - kept)) {
      await this.#storage.remove(stateName(model, generation));
    }
  }
}

function asText(state: ModelState): string {
  return `${JSON.stringify(state, null, 2)}\n`;
}
