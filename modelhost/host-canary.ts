import { randomUUID } from 'node:crypto';
import { ShoalError } from '../core/errors';
import type { Logger } from '../core/logging';
import type { CanaryPlan, CanaryVerdict, SentPlan } from '../protocol/canary/canary';
import { checkForms } from './check-forms';
import type { HostNaming } from './host-naming';
import { createModelChanges } from './model-changes';
import type { Generation, ModelChangesOptions } from './model-changes';
import { checkName, unknownVersion } from './model-faults';
import type { Made } from './repository/canary-decisions';
import type { ModelState } from './repository/model-state';
import type { StateChange } from './repository/state-store';
import { withCanary, withoutCanary, withVerdict } from './repository/canary-state';
import { storedModel } from './stored-model';

/**
 * A version that takes over step by step. Each resolves when this host acts accordingly. Errors: those
 * of `HostNaming`, invalid_request, and conflict where others than the default answer already.
 */
export interface HostCanary {
  /** Where that canary has begun already, nothing is changed. */
  begin(model: string, plan: SentPlan): Promise<Generation>;
  /**
   * False where it is about a step that is over: whoever decides first is heard. Resolves when that is
   * written: who has decided is to be told so though this host takes long to act on it.
   */
  decide(
    model: string,
    verdict: CanaryVerdict,
  ): Promise<Generation & { readonly applied: boolean }>;
  /** The default alone answers again. */
  end(model: string): Promise<Generation>;
}

export interface HostCanaryOptions extends ModelChangesOptions {
  readonly naming: HostNaming;
  readonly logger: Pick<Logger, 'info'>;
}

export function createHostCanary(options: HostCanaryOptions): HostCanary {
  const { repository, naming, logger } = options;
  const changes = createModelChanges(options);
  const now = (): string => new Date().toISOString();

  async function requireModel(model: string): Promise<void> {
    checkName(model);
    await repository.refresh();
    storedModel(repository, model);
  }

  async function change(model: string, make: StateChange): Promise<Generation> {
    await requireModel(model);
    const { generation } = await changes.change(model, make);
    return { generation };
  }

  return {
    async begin(model, { id = randomUUID(), ...plan }) {
      checkName(model);
      await repository.refresh();
      checkForms(storedModel(repository, model), [plan.version]);
      const made = { id, at: now(), reason: 'by request' };
      const begun = begunIn(model, plan, made);
      return naming.named(model, [plan.version], () => change(model, begun));
    },
    async decide(model, verdict) {
      const heard: { applied: boolean } = { applied: false };
      await requireModel(model);
      const { generation } = await changes.write(model, (state) => {
        const next = withVerdict(state, verdict, now());
        heard.applied = next !== undefined;
        return next;
      });
      if (heard.applied) logger.info({ model, ...verdict }, 'a canary is decided on');
      return { generation, ...heard };
    },
    end(model) {
      const made = { at: now(), reason: 'by request' };
      return change(model, (state) => withoutCanary(state, made));
    },
  };
}

/** No change where the canary has begun already. */
function begunIn(
  model: string,
  plan: CanaryPlan,
  made: Made & { readonly id: string },
): StateChange {
  return (state) => {
    if (state.canary?.id === made.id) return undefined;
    refuseCanary(state, model, plan.version);
    return withCanary(state, plan, made);
  };
}

/** Throws where the version cannot be tried now. */
function refuseCanary(state: ModelState, model: string, version: number): void {
  if (state.tombstones.includes(version)) throw unknownVersion(model, String(version));
  if (state.traffic !== null) throw underWay(state, model);
  if (state.default === 0) throw noDefault(model);
  if (state.default === version) throw isDefault(model, version);
}

function underWay({ canary }: ModelState, model: string): ShoalError {
  const [what, path] =
    canary?.state === 'stepping'
      ? [`A canary of '${model}' is under way`, 'canary']
      : [`Requests for '${model}' are spread over variants, or copied`, 'variants'];
  return new ShoalError(
    'conflict',
    `${what}. End that first: DELETE /api/v1/models/${model}/${path}`,
  );
}

function noDefault(model: string): ShoalError {
  return new ShoalError(
    'conflict',
    `'${model}' has no default version that a canary could take over from. Set one first: POST /api/v1/models/${model}/default`,
  );
}

function isDefault(model: string, version: number): ShoalError {
  return new ShoalError(
    'conflict',
    `Version ${version} is the default of '${model}' already: name the version that is to take over.`,
  );
}
