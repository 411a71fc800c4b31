import { isServed, type Catalog, type ModelEntry } from '../../protocol/catalog';
import type { ModelStatistics, Statistics } from '../../protocol/control/statistics';
import { statisticsOf, versionKey, type Counters, type Sheet } from './counters';
import { LifeLedger, type Ledger } from './ledger';

export interface StatisticsParts {
  readonly catalog: Catalog;
  /** Names this life of this process; another one after a restart. */
  readonly life: string;
  /** What this process has counted. */
  readonly own: () => Sheet;
  /** What the others that count know now; those that cannot be asked are passed over. */
  readonly others?: () => Promise<readonly Ledger[]>;
}

/** Statistics that also tell others what is known here. */
export interface SharedStatistics extends Statistics {
  /** What is known here, without asking anybody. */
  ledger(): Ledger;
  /** What each life of each process has counted of a version, as far as they can be asked. */
  byLife(model: string, version: string): Promise<ReadonlyMap<string, Counters>>;
}

export function createStatistics(parts: StatisticsParts): SharedStatistics {
  const { catalog, life, own, others } = parts;
  const lives = new LifeLedger();
  const look = async (): Promise<void> => {
    for (const told of (await others?.()) ?? []) lives.merge(told);
  };
  const lookNow = together(look);
  const noteOwn = (): void => {
    lives.merge(new Map([[life, own()]]));
  };
  return {
    async of(model, version) {
      const wanted = versionsOf(catalog, model, version);
      if (others !== undefined) await lookNow();
      noteOwn();
      return wanted.map(([name, number]): ModelStatistics => {
        return statisticsOf(name, number, lives.total(versionKey(name, number)));
      });
    },
    async byLife(model, version) {
      if (others !== undefined) await lookNow();
      noteOwn();
      return lives.each(versionKey(model, version));
    },
    ledger() {
      noteOwn();
      return lives.all();
    },
  };
}

/** Model and version of every ready version that is asked for. */
function versionsOf(catalog: Catalog, model: string, version: string): [string, string][] {
  if (model === '') return catalog.models().flatMap(readyOf);
  if (version !== '') return [[model, String(catalog.resolve(model, version).version)]];
  const ready = readyOf(catalog.model(model));
  // What says why there is none.
  if (ready.length === 0) catalog.resolve(model, '');
  return ready;
}

function readyOf({ name, versions }: ModelEntry): [string, string][] {
  return versions.filter(isServed).map(({ version }) => [name, String(version)]);
}

/**
 * The work, once for all who ask while one of it goes on: that one may have begun too early for
 * them, so they share the next.
 */
function together(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  return () => {
    next ??= running.then(() => {
      next = undefined;
      running = work();
      return running;
    });
    return next;
  };
}
