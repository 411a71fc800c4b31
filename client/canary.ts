import { jsonOf, send, type CallOptions, type Way } from './call.js';
import type { HostLine } from './host-line.js';

/** How a version takes over step by step; what is left out is the server's to choose. */
export interface CanaryPlan {
  readonly version: number;
  /** Percent of the requests without a version, rising. */
  readonly steps?: readonly number[];
  /** Shortest time of a step, such as `60s`. */
  readonly every?: string;
  /** What takes it back; null: not looked at. */
  readonly limits?: {
    readonly error_rate?: number | null;
    readonly latency_ratio?: number | null;
    readonly disagreement?: number | null;
    readonly min_requests?: number;
  };
  /** Requests with the same value of this header are answered by the same version. */
  readonly sticky?: { readonly header: string };
}

export interface CanaryState {
  readonly version: number;
  readonly state: 'stepping' | 'promoted' | 'rolled_back' | 'ended';
  /** Percent of the requests that it has now. */
  readonly share: number;
  readonly steps: readonly number[];
  readonly decisions: readonly {
    readonly at: string;
    readonly action: 'begin' | 'step' | 'promote' | 'roll_back' | 'end';
    readonly share: number;
    readonly reason: string;
  }[];
  /** Why the next decision is not made, or does not count, yet. */
  readonly waits?: string;
}

export interface Canaries {
  /** Has a version take over by itself, and taken back where it does worse than the default. */
  beginCanary(model: string, plan: CanaryPlan, options?: CallOptions): Promise<readonly HostLine[]>;
  /** The one that goes on, or the last one. */
  canary(model: string, options?: CallOptions): Promise<CanaryState>;
  endCanary(model: string, options?: CallOptions): Promise<void>;
}

export function createCanaries(way: Way): Canaries {
  return {
    async beginCanary(model, plan, options) {
      const call = {
        method: 'PUT',
        path: pathOf(model),
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(plan),
        repeatable: false,
      } as const;
      return (jsonOf(await send(way, call, options)) as { hosts: readonly HostLine[] }).hosts;
    },
    async canary(model, options) {
      const call = { method: 'GET', path: pathOf(model), repeatable: true } as const;
      return jsonOf(await send(way, call, options)) as CanaryState;
    },
    async endCanary(model, options) {
      await send(way, { method: 'DELETE', path: pathOf(model), repeatable: false }, options);
    },
  };
}

function pathOf(model: string): string {
  return `/api/v1/models/${encodeURIComponent(model)}/canary`;
}
