import type { IRouter } from 'express';
import { canaryJson, noCanary, sentPlanOf, verdictOf } from '../../protocol/canary/bodies';
import type { Catalog } from '../../protocol/catalog';
import { answer, jsonBody, modelParameter, mount } from '../../serving/http/express-answers';
import type { HostCanary } from '../host-canary';

export interface CanaryParts {
  readonly catalog: Catalog;
  readonly canary: HostCanary;
}

/** What inferrers have a host do with a version that takes over step by step. */
export function mountCanary(app: IRouter, { catalog, canary }: CanaryParts): void {
  mount(app, '/modelhost/models/:model/canary', {
    get: (request, response) => {
      const model = modelParameter(request);
      const { canary: found } = catalog.model(model);
      if (found === undefined) throw noCanary(model);
      answer(response, 200, 'Canary', { model, ...canaryJson(found) });
    },
    put: async (request, response) => {
      const plan = sentPlanOf(await jsonBody(request));
      const { generation } = await canary.begin(modelParameter(request), plan);
      answer(response, 200, 'The canary has begun', { generation });
    },
    delete: async (request, response) => {
      const { generation } = await canary.end(modelParameter(request));
      response.setHeader('shoal-generation', String(generation));
      answer(response, 204, '');
    },
  });
  mount(app, '/modelhost/models/:model/canary/verdict', {
    post: async (request, response) => {
      const verdict = verdictOf(await jsonBody(request));
      const decided = await canary.decide(modelParameter(request), verdict);
      answer(response, 200, 'The verdict is heard', decided);
    },
  });
}
