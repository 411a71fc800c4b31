import type { Logger } from '../../core/logging';
import { namedVersions, withoutVersions, type ModelState } from './model-state';
import type { ModelSnapshot, Snapshot } from './snapshot';
import type { StateStore } from './state-store';

/**
 * Versions that go because there are enough of them: those below the `keep` highest up to the
 * default one. What is newer than the default stays, and what requests reach by a name.
 */
export function surplusOf(
  state: ModelState,
  versions: readonly number[],
  keep: number,
): readonly number[] {
  const rising = versions.filter((version) => version <= state.default).sort((a, b) => a - b);
  const named = new Set([...namedVersions(state), ...state.held, state.successor]);
  return rising.slice(0, -keep).filter((version) => !named.has(version));
}

/** Deletes what `keep_versions` of the default version's configuration leaves no room for. */
export interface Retention {
  look(snapshot: Snapshot): void;
}

export function createRetention(
  states: Pick<StateStore, 'update'>,
  logger: Pick<Logger, 'info' | 'warn'>,
): Retention {
  async function trim(model: ModelSnapshot, keep: number): Promise<void> {
    const { name } = model;
    const versions = numbersOf(model);
    let gone: readonly number[] = [];
    await states.update(name, (now) => {
      gone = surplusOf(now, versions, keep).filter((each) => !now.tombstones.includes(each));
      return gone.length === 0 ? undefined : withoutVersions(now, gone);
    });
    if (gone.length > 0) logger.info({ model: name, versions: gone }, 'older versions are deleted');
  }

  return {
    look({ models }) {
      for (const model of models.values()) {
        const keep = keptOf(model);
        if (keep === null || surplusOf(model.state, numbersOf(model), keep).length === 0) continue;
        trim(model, keep).catch((error: unknown) => {
          logger.warn({ model: model.name, err: error }, 'older versions could not be deleted');
        });
      }
    },
  };
}

function numbersOf({ versions }: ModelSnapshot): number[] {
  return versions.map(({ version }) => version);
}

function keptOf({ state, versions }: ModelSnapshot): number | null {
  const standard = versions.find(({ version }) => version === state.default);
  return standard?.config.keepVersions ?? null;
}
