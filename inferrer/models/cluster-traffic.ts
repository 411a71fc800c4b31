import { versionsIn, type Traffic } from '../../protocol/versions/traffic';
import { change, type ClusterParts } from './cluster-change';
import type { HostLine } from './host-progress';
import { named } from './named-version';

/** Who answers requests without a version, in the whole cluster. Each resolves when all hosts act so. */
export interface ClusterTraffic {
  /** On all hosts or on none; `id` is the client's request id. */
  set(model: string, traffic: Traffic, id: string): Promise<readonly HostLine[]>;
  end(model: string, id: string): Promise<readonly HostLine[]>;
}

export function createClusterTraffic(parts: ClusterParts): ClusterTraffic {
  const changed = { version: 0, removed: false } as const;
  const terms = (model: string, requestId: string) =>
    ({
      path: `/modelhost/models/${model}/variants`,
      requestId,
      timeoutMs: parts.waitMs,
    }) as const;
  return {
    set(model, traffic, id) {
      const request = { method: 'PUT', body: traffic, ...terms(model, id) } as const;
      const spread = (): Promise<readonly HostLine[]> =>
        change(parts, request, { model, ...changed });
      // Each version is held while the next one is waited for.
      const all = versionsIn(traffic).reduceRight(
        (give, version) => () => named(parts, { model, version, id }, give),
        spread,
      );
      return all();
    },
    end(model, id) {
      const request = { method: 'DELETE', ...terms(model, id) } as const;
      return change(parts, request, { model, ...changed });
    },
  };
}
