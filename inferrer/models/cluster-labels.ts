import { change, type ClusterParts } from './cluster-change';
import type { HostLine } from './host-progress';
import { named } from './named-version';

/** A label of a version, by request. */
export interface Labelling {
  readonly model: string;
  readonly label: string;
  readonly version: number;
}

/** Labels in the whole cluster. Each resolves when every ready host acts accordingly. */
export interface ClusterLabels {
  /** Sets or moves it, on all hosts or on none; `id` is the client's request id. */
  set(labelling: Labelling, id: string): Promise<readonly HostLine[]>;
  remove(model: string, label: string, id: string): Promise<readonly HostLine[]>;
}

export function createClusterLabels(parts: ClusterParts): ClusterLabels {
  const terms = (model: string, label: string, requestId: string) =>
    ({
      path: `/modelhost/models/${model}/labels/${label}`,
      requestId,
      timeoutMs: parts.waitMs,
    }) as const;
  return {
    set({ model, label, version }, id) {
      const request = { method: 'PUT', body: { version }, ...terms(model, label, id) } as const;
      return named(parts, { model, version, id }, () =>
        change(parts, request, { model, version, removed: false }),
      );
    },
    remove(model, label, id) {
      const request = { method: 'DELETE', ...terms(model, label, id) } as const;
      return change(parts, request, { model, version: 0, removed: false });
    },
  };
}
