import type { IRouter } from 'express';
import type { Catalog } from '../../protocol/catalog';
import { trafficOf } from '../../protocol/versions/bodies';
import { answer, jsonBody, modelParameter, mount } from '../../serving/http/express-answers';
import type { HostTraffic } from '../host-traffic';

export interface VariantsParts {
  readonly catalog: Catalog;
  readonly traffic: HostTraffic;
}

/** Who answers requests without a version, on this host. */
export function mountVariants(app: IRouter, { catalog, traffic }: VariantsParts): void {
  mount(app, '/modelhost/models/:model/variants', {
    get: (request, response) => {
      const model = modelParameter(request);
      const { variants = [], ...rest } = catalog.model(model).traffic ?? {};
      answer(response, 200, 'Variants', { model, variants, ...rest });
    },
    put: async (request, response) => {
      const model = modelParameter(request);
      const wanted = trafficOf(await jsonBody(request));
      const { generation } = await traffic.set(model, wanted);
      answer(response, 200, 'Requests are spread', { model, ...wanted, generation });
    },
    delete: async (request, response) => {
      const { generation } = await traffic.end(modelParameter(request));
      response.setHeader('shoal-generation', String(generation));
      answer(response, 204, '');
    },
  });
}
