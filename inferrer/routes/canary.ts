import type { IRouter } from 'express';
import { canaryJson, canaryPlanOf, noCanary } from '../../protocol/canary/bodies';
import type { Catalog } from '../../protocol/catalog';
import { exchangeOf } from '../../serving/http/express';
import { answer, jsonBody, modelParameter, mount } from '../../serving/http/express-answers';
import type { CanaryWatch } from '../canary/canary-watch';
import type { Window } from '../canary/decide';
import type { VersionCounts } from '../canary/version-counts';
import type { ClusterCanary } from '../models/cluster-canary';

export interface CanaryParts {
  readonly catalog: Catalog;
  readonly canary: ClusterCanary;
  readonly canaryWatch: Pick<CanaryWatch, 'window' | 'waits'>;
}

/** A version that takes over step by step, for the whole cluster. */
export function mountCanary(app: IRouter, parts: CanaryParts): void {
  mount(app, '/api/v1/models/:model/canary', {
    get: (request, response) => {
      const model = modelParameter(request);
      const { canary } = parts.catalog.model(model);
      if (canary === undefined) throw noCanary(model);
      const window = windowJson(parts.canaryWatch.window(model));
      const waits = parts.canaryWatch.waits(model);
      const now = { ...window, ...(waits === undefined ? {} : { waits }) };
      answer(response, 200, 'Canary', { model, ...canaryJson(canary), ...now });
    },
    put: async (request, response) => {
      const model = modelParameter(request);
      const plan = canaryPlanOf(await jsonBody(request));
      const hosts = await parts.canary.begin(model, plan, exchangeOf(request).requestId);
      const { version } = plan;
      answer(response, 200, 'The canary has begun', { model, version, hosts });
    },
    delete: async (request, response) => {
      await parts.canary.end(modelParameter(request), exchangeOf(request).requestId);
      answer(response, 204, '');
    },
  });
}

function windowJson(window: Window | undefined): object {
  if (window === undefined) return {};
  const { elapsedMs, canary, live } = window;
  const counts = { canary: countsJson(canary), live: countsJson(live) };
  return { window: { elapsed_ms: Math.round(elapsedMs), ...counts } };
}

function countsJson(counts: VersionCounts): object {
  const { requests, failures, computed, ms, compared, differed } = counts;
  return { requests, failures, mean_ms: computed === 0 ? 0 : ms / computed, compared, differed };
}
