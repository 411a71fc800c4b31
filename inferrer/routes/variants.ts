import type { IRouter } from 'express';
import type { Catalog } from '../../protocol/catalog';
import { trafficOf } from '../../protocol/versions/bodies';
import { exchangeOf } from '../../serving/http/express';
import { answer, jsonBody, modelParameter, mount } from '../../serving/http/express-answers';
import type { ClusterTraffic } from '../models/cluster-traffic';

export interface VariantsParts {
  readonly catalog: Catalog;
  readonly traffic: ClusterTraffic;
}

/** Who answers requests without a version, for the whole cluster. */
export function mountVariants(app: IRouter, { catalog, traffic }: VariantsParts): void {
  mount(app, '/api/v1/models/:model/variants', {
    get: (request, response) => {
      const model = modelParameter(request);
      const { variants = [], ...rest } = catalog.model(model).traffic ?? {};
      answer(response, 200, 'Variants', { model, variants, ...rest });
    },
    put: async (request, response) => {
      const model = modelParameter(request);
      const wanted = trafficOf(await jsonBody(request));
      const hosts = await traffic.set(model, wanted, exchangeOf(request).requestId);
      answer(response, 200, 'Requests are spread', { model, ...wanted, hosts });
    },
    delete: async (request, response) => {
      await traffic.end(modelParameter(request), exchangeOf(request).requestId);
      answer(response, 204, '');
    },
  });
}
