import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from '../../core/logging';
import type { Entry } from './entry';
import type { Keepers } from './keepers';
import { knownMs } from './runner-keeper';
import type { RunnerKind } from './runner-kind';
import type { Copies, LoadOrder, Roles } from './runner-supervisor';

export interface MoveParts {
  readonly keepers: Keepers;
  /** What is served, by key. */
  readonly entries: Map<string, Entry>;
  /** The runner that it belongs in. */
  readonly kindOf: (order: LoadOrder) => RunnerKind;
  /** Has a version loaded where it belongs, besides where it is. */
  readonly add: (order: LoadOrder) => Entry;
  /** It is served by that from now on. */
  readonly moved: (entry: Entry) => void;
  readonly logger: Logger;
}

/** Moves versions from runner to runner while they serve. */
export class Moves {
  readonly #parts: MoveParts;
  /** What was last wanted of an entry: a move that is under way may have been overtaken. */
  readonly #wanted = new WeakMap<Entry, Copies | undefined>();
  readonly #underWay = new Map<string, Promise<void>>();

  constructor(parts: MoveParts) {
    this.#parts = parts;
  }

  /** See `RunnerSupervisor`. */
  async arrange(model: string, { shadow, named }: Roles): Promise<void> {
    const awaited: Promise<void>[] = [];
    for (const entry of this.#parts.entries.values()) {
      const { order } = entry;
      if (order.model !== model) continue;
      const copies = order.version === shadow?.version ? shadow.copies : undefined;
      this.#wanted.set(entry, copies);
      if (order.copies === copies) continue;
      const moved = this.#move(entry, copies).catch((error: unknown) => {
        this.#parts.logger.error(
          { model, version: order.version, err: error },
          'could not be moved',
        );
      });
      // Who answers requests shall not be less urgent than others; what was tried is served as well.
      const leavesShadow = order.copies === 'only' && named.includes(order.version);
      if (copies !== undefined || leavesShadow) awaited.push(moved);
    }
    await Promise.all(awaited);
  }

  #move(entry: Entry, copies: Copies | undefined): Promise<void> {
    const id = `${entry.mark} ${copies ?? ''}`;
    const underWay = this.#underWay.get(id);
    if (underWay !== undefined) return underWay;
    const moved = this.#moveTo(entry, copies).finally(() => this.#underWay.delete(id));
    this.#underWay.set(id, moved);
    return moved;
  }

  async #moveTo(old: Entry, copies: Copies | undefined): Promise<void> {
    const { keepers, entries, kindOf, add, moved, logger } = this.#parts;
    const { model, version } = old.order;
    // Fails where its load does; then there is nothing to move.
    await old.first.promise.catch(() => undefined);
    if (!this.#isWanted(old, copies)) return;
    const order = { ...old.order, copies };
    if (keepers.of(old)?.kind === kindOf(order)) {
      old.order = order;
      return;
    }
    const entry = add(order);
    try {
      await entry.first.promise;
    } catch (error) {
      logger.warn({ model, version, err: error }, 'stays in its runner: another cannot load it');
      return;
    }
    if (!this.#isWanted(old, copies)) {
      await keepers.remove(entry);
      return;
    }
    entries.set(old.key, entry);
    moved(entry);
    this.#leave(old, entry).catch((error: unknown) => {
      logger.error({ model, version, err: error }, 'could not be freed in the runner it has left');
    });
  }

  /** Not where it has been unloaded meanwhile, or got another role. */
  #isWanted(entry: Entry, copies: Copies | undefined): boolean {
    return this.#parts.entries.get(entry.key) === entry && this.#wanted.get(entry) === copies;
  }

  /** Lets it answer whoever has not heard of the move. */
  async #leave(old: Entry, next: Entry): Promise<void> {
    const { keepers } = this.#parts;
    await wait(knownMs, undefined, { ref: false });
    await keepers.of(old)?.quiet(old);
    const keeper = keepers.of(old);
    // It may have killed a runner meanwhile: then both are set apart together, and are one there.
    if (keeper === keepers.of(next)) keeper?.forget(old);
    else await keepers.remove(old);
  }
}
