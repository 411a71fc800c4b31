import { jsonOf, send, type CallOptions, type Way } from './call.js';
import type { HostLine } from './host-line.js';

/** How requests for a model without a version are spread. */
export interface Traffic {
  /** Shares are by weight; none where the default version alone answers. */
  readonly variants: readonly { readonly version: number; readonly weight: number }[];
  /** Requests with the same value of this header are answered by the same version. */
  readonly sticky?: { readonly header: string };
  /** Gets copies of that share of the requests; nobody gets its answers. */
  readonly shadow?: { readonly version: number; readonly share: number };
}

export interface Variants {
  variants(model: string, options?: CallOptions): Promise<Traffic>;
  /** Spreads requests, on all modelhosts or on none. A new default ends it. */
  setVariants(model: string, traffic: Traffic, options?: CallOptions): Promise<readonly HostLine[]>;
  endVariants(model: string, options?: CallOptions): Promise<void>;
}

export function createVariants(way: Way): Variants {
  return {
    async variants(model, options) {
      const call = { method: 'GET', path: pathOf(model), repeatable: true } as const;
      const { variants, sticky, shadow } = jsonOf(await send(way, call, options)) as Traffic;
      return {
        variants,
        ...(sticky === undefined ? {} : { sticky }),
        ...(shadow === undefined ? {} : { shadow }),
      };
    },
    async setVariants(model, traffic, options) {
      const call = {
        method: 'PUT',
        path: pathOf(model),
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(traffic),
        repeatable: false,
      } as const;
      return (jsonOf(await send(way, call, options)) as { hosts: readonly HostLine[] }).hosts;
    },
    async endVariants(model, options) {
      await send(way, { method: 'DELETE', path: pathOf(model), repeatable: false }, options);
    },
  };
}

function pathOf(model: string): string {
  return `/api/v1/models/${encodeURIComponent(model)}/variants`;
}
