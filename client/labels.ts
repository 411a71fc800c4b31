import { jsonOf, send, type CallOptions, type Way } from './call.js';
import type { HostLine } from './host-line.js';

/** Names of versions, such as `stable`: `stable` of `iris` is asked for as version `stable`. */
export interface Labels {
  /** Versions by label. */
  labels(model: string, options?: CallOptions): Promise<Readonly<Record<string, number>>>;
  /** Gives a version a label, or moves it there, on all modelhosts or on none. */
  setLabel(
    model: string,
    labelled: { readonly label: string; readonly version: number },
    options?: CallOptions,
  ): Promise<readonly HostLine[]>;
  deleteLabel(model: string, label: string, options?: CallOptions): Promise<void>;
}

export function createLabels(way: Way): Labels {
  return {
    async labels(model, options) {
      const call = { method: 'GET', path: pathOf(model), repeatable: true } as const;
      const { labels } = jsonOf(await send(way, call, options)) as {
        labels: Readonly<Record<string, number>>;
      };
      return labels;
    },
    async setLabel(model, { label, version }, options) {
      const call = {
        method: 'PUT',
        path: pathOf(model, label),
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ version }),
        repeatable: false,
      } as const;
      return (jsonOf(await send(way, call, options)) as { hosts: readonly HostLine[] }).hosts;
    },
    async deleteLabel(model, label, options) {
      const call = { method: 'DELETE', path: pathOf(model, label), repeatable: false } as const;
      await send(way, call, options);
    },
  };
}

function pathOf(model: string, label?: string): string {
  const labels = `/api/v1/models/${encodeURIComponent(model)}/labels`;
  return label === undefined ? labels : `${labels}/${encodeURIComponent(label)}`;
}
