import { randomUUID } from 'node:crypto';
import type { CanaryPlan, CanaryVerdict, SentPlan } from '../../protocol/canary/canary';
import { askAnyHost } from './any-host';
import { change, type ClusterParts } from './cluster-change';
import type { HostLine } from './host-progress';
import { named } from './named-version';

/** A version that takes over step by step in the whole cluster. */
export interface ClusterCanary {
  /** Resolves when all ready hosts act so; on all hosts or on none. `id` is the client's request id. */
  begin(model: string, plan: CanaryPlan, id: string): Promise<readonly HostLine[]>;
  end(model: string, id: string): Promise<readonly HostLine[]>;
  /** True if it counts: nobody has decided on that step before. Does not wait for all hosts. */
  decide(model: string, verdict: CanaryVerdict): Promise<boolean>;
}

/** Of a host that hangs another is asked instead: a verdict may be told twice. */
const verdictMs = 3000;

export function createClusterCanary(parts: ClusterParts): ClusterCanary {
  const timeoutMs = parts.waitMs;
  const pathOf = (model: string): string => `/modelhost/models/${model}/canary`;
  const changed = { version: 0, removed: false } as const;
  return {
    begin(model, plan, requestId) {
      const terms = { path: pathOf(model), requestId, timeoutMs };
      // A host may die when it has begun it; another that is asked then knows it by its id.
      const sent: SentPlan = { ...plan, id: randomUUID() };
      const request = { method: 'PUT', body: sent, ...terms } as const;
      return named(parts, { model, version: plan.version, id: requestId }, () =>
        change(parts, request, { model, ...changed }),
      );
    },
    end(model, requestId) {
      const request = { method: 'DELETE', path: pathOf(model), requestId, timeoutMs } as const;
      return change(parts, request, { model, ...changed });
    },
    async decide(model, verdict) {
      const path = `${pathOf(model)}/verdict`;
      const terms = { requestId: '', timeoutMs: verdictMs };
      const request = { method: 'POST', path, body: verdict, ...terms } as const;
      const reply = await askAnyHost(parts, request, ['deadline_exceeded']);
      return reply.body['applied'] === true;
    },
  };
}
