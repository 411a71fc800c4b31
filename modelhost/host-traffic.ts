import { ShoalError } from '../core/errors';
import { versionsIn, type Traffic } from '../protocol/versions/traffic';
import type { HostNaming } from './host-naming';
import { createModelChanges } from './model-changes';
import type { Generation, ModelChangesOptions } from './model-changes';
import { checkForms } from './check-forms';
import { checkName, unknownVersion } from './model-faults';
import { withTraffic } from './repository/model-state';
import { storedModel } from './stored-model';

/**
 * Who answers requests without a version. Each resolves when this host acts accordingly. Errors: those
 * of `HostNaming`, and invalid_request for versions that cannot be asked alike.
 */
export interface HostTraffic {
  set(model: string, traffic: Traffic): Promise<Generation>;
  /** The default alone answers again. */
  end(model: string): Promise<Generation>;
}

export interface HostTrafficOptions extends ModelChangesOptions {
  readonly naming: HostNaming;
}

export function createHostTraffic(options: HostTrafficOptions): HostTraffic {
  const { repository, naming } = options;
  const changes = createModelChanges(options);

  return {
    async set(model, traffic) {
      checkName(model);
      await repository.refresh();
      const versions = versionsIn(traffic);
      checkForms(storedModel(repository, model), versions);
      const spread = (): Promise<Generation> =>
        changes.change(model, (now) => {
          const gone = versions.find((version) => now.tombstones.includes(version));
          if (gone !== undefined) throw unknownVersion(model, String(gone));
          if (now.canary?.state === 'stepping') throw canaryUnderWay(model);
          return withTraffic(now, traffic);
        });
      const { generation } = await naming.named(model, versions, spread);
      return { generation };
    },
    async end(model) {
      checkName(model);
      await repository.refresh();
      storedModel(repository, model);
      const { generation } = await changes.change(model, (now) => {
        if (now.canary?.state === 'stepping') throw canaryUnderWay(model);
        return now.traffic === null ? undefined : { ...now, traffic: null };
      });
      return { generation };
    },
  };
}

function canaryUnderWay(model: string): ShoalError {
  return new ShoalError(
    'conflict',
    `A canary of '${model}' is under way. End it first: DELETE /api/v1/models/${model}/canary`,
  );
}
