import { together } from '../../core/together';
import { isServed, type Catalog, type ModelEntry } from '../../protocol/catalog';
import type { ModelStatistics, Statistics } from '../../protocol/control/statistics';
import { statisticsOf, versionKey, type Counters, type Sheet, type Wanted } from './counters';
import { LifeLedger, type Ledger } from './ledger';

export interface StatisticsParts {
  readonly catalog: Catalog;
  /** Names this life of this process; another one after a restart. */
  readonly life: string;
  /** What this process has counted. */
  readonly own: (wanted: Wanted) => Sheet;
  /** What the others that count know now, or more; those that cannot be asked are passed over. */
  readonly others?: (wanted: Wanted) => Promise<readonly Ledger[]>;
}

/** Statistics that also tell others what is known here. */
export interface SharedStatistics extends Statistics {
  /** What is known here, without asking anybody. */
  ledger(wanted?: Wanted): Ledger;
  /** What each life of each process has counted of each of the versions, as far as they can be asked. */
  byLife(model: string, versions: readonly string[]): Promise<ReadonlyMap<string, Counters>[]>;
}

export function createStatistics(parts: StatisticsParts): SharedStatistics {
  const { catalog, life, own, others } = parts;
  const lives = new LifeLedger();
  const askOthers = together(async (wanted: Wanted) => {
    for (const told of (await others?.(wanted)) ?? []) lives.merge(told);
  }, either);
  const noteOwn = (wanted: Wanted): void => {
    lives.merge(new Map([[life, own(wanted)]]));
  };
  const look = async (wanted: Wanted): Promise<void> => {
    if (others !== undefined) await askOthers(wanted);
    noteOwn(wanted);
  };
  return {
    async of(model, version) {
      const wanted = versionsOf(catalog, model, version);
      const keys = wanted.map(([name, number]) => versionKey(name, number));
      await look(model === '' ? undefined : new Set(keys));
      return wanted.map(([name, number]): ModelStatistics => {
        return statisticsOf(name, number, lives.total(versionKey(name, number)));
      });
    },
    async byLife(model, versions) {
      const keys = versions.map((version) => versionKey(model, version));
      await look(new Set(keys));
      return keys.map((key) => lives.each(key));
    },
    ledger(wanted) {
      noteOwn(wanted);
      return lives.of(wanted);
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

function either(one: Wanted, other: Wanted): Wanted {
  return one === undefined || other === undefined ? undefined : new Set([...one, ...other]);
}
