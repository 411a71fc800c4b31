import { randomUUID } from 'node:crypto';
import { ShoalError } from '../../core/errors';
import { createAtomically } from './atomic-file';
import { ifThere, stampOf, syncDirectory, type FileSystem } from './file-system';
import { generationsIn, type Layout } from './layout';
import { noState, type ModelState } from './model-state';
import { parseState } from './schema';

/** Makes the next state of the current one; undefined leaves it as it is. May throw. */
export type StateChange = (state: ModelState) => ModelState | undefined;

/**
 * The states of all models, shared by all hosts of the cluster. A change is a compare-and-swap:
 * whoever creates `state.<generation + 1>.json` first has made it, all others try again on top.
 */
export interface StateStore {
  /**
   * The current state; `noState` where nothing has been written. `names` is what has just been
   * found in the model's directory, where the caller knows.
   */
  read(model: string, names?: readonly string[]): Promise<ModelState>;
  /** Applies the change to the current state, as often as needed until nobody came in between. */
  update(model: string, change: StateChange): Promise<ModelState>;
}

/** States kept behind the current one; more than any writer can fall behind unnoticed. */
const keptStates = 16;
const maxTries = 10_000;

export function createStateStore(fs: FileSystem, layout: Layout): StateStore {
  return new FileStateStore(fs, layout);
}

interface Remembered {
  readonly stamp: string;
  readonly state: ModelState;
}

class FileStateStore implements StateStore {
  readonly #fs: FileSystem;
  readonly #layout: Layout;
  /**
   * The highest generation ever seen of a model, so that one whose directory went away and came
   * back does not start at 1 again while others remember it.
   */
  readonly #seen = new Map<string, number>();
  /** What was read last of each model: a state never changes, so its file is read once. */
  readonly #remembered = new Map<string, Remembered>();

  constructor(fs: FileSystem, layout: Layout) {
    this.#fs = fs;
    this.#layout = layout;
  }

  async read(model: string, names?: readonly string[]): Promise<ModelState> {
    let generations = names === undefined ? await this.#generations(model) : generationsIn(names);
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
    return generationsIn((await ifThere(this.#fs.readdir(this.#layout.model(model)))) ?? []);
  }

  async #remember(model: string, generation: number): Promise<ModelState | undefined> {
    const stat = await ifThere(this.#fs.lstat(this.#layout.state(model, generation)));
    if (stat === undefined) return undefined;
    const stamp = `${generation} ${stampOf(stat)}`;
    const known = this.#remembered.get(model);
    if (known?.stamp === stamp) return known.state;
    const state = await this.#load(model, generation);
    if (state !== undefined) this.#remembered.set(model, { stamp, state });
    return state;
  }

  async #load(model: string, generation: number): Promise<ModelState | undefined> {
    const text = await ifThere(this.#fs.readFile(this.#layout.state(model, generation), 'utf8'));
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
    const target = this.#layout.state(model, generation);
    await this.#fs.mkdir(this.#layout.model(model), { recursive: true });
    if (!(await createAtomically(this.#fs, this.#layout, target, asText(next)))) return undefined;
    if (!(await this.#isCurrent(model, next))) return undefined;
    this.#seen.set(model, generation);
    await syncDirectory(this.#fs, this.#layout.model(model));
    await this.#prune(model);
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
    await this.#fs.rm(this.#layout.state(model, created.generation), { force: true });
    return false;
  }

  /** Oldest first: a state that is there has not lost any of its successors to pruning. */
  async #prune(model: string): Promise<void> {
    const all = await this.#generations(model);
    for (const generation of all.slice(0, -1 - keptStates)) {
      await this.#fs.rm(this.#layout.state(model, generation), { force: true });
    }
  }
}

function asText(state: ModelState): string {
  return `${JSON.stringify(state, null, 2)}\n`;
}
