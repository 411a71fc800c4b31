import type { IRouter } from 'express';
import type { Catalog } from '../../protocol/catalog';
import { parseLabel } from '../../protocol/model-name';
import { labelledVersionOf } from '../../protocol/versions/bodies';
import { exchangeOf } from '../../serving/http/express';
import {
  answer,
  jsonBody,
  modelParameter,
  mount,
  pathParameter,
} from '../../serving/http/express-answers';
import type { ClusterLabels } from '../models/cluster-labels';

export interface LabelsParts {
  readonly catalog: Catalog;
  readonly labels: ClusterLabels;
}

/** Labels of versions, for the whole cluster. */
export function mountLabels(app: IRouter, { catalog, labels }: LabelsParts): void {
  mount(app, '/api/v1/models/:model/labels', {
    get: (request, response) => {
      const model = modelParameter(request);
      answer(response, 200, 'Labels', { model, labels: catalog.model(model).labels });
    },
  });
  mount(app, '/api/v1/models/:model/labels/:label', {
    put: async (request, response) => {
      const model = modelParameter(request);
      const label = parseLabel(pathParameter(request, 'label'));
      const version = labelledVersionOf(await jsonBody(request));
      const { requestId } = exchangeOf(request);
      const hosts = await labels.set({ model, label, version }, requestId);
      const what = `Version ${version} has the label ${label}`;
      answer(response, 200, what, { model, label, version, hosts });
    },
    delete: async (request, response) => {
      const label = parseLabel(pathParameter(request, 'label'));
      await labels.remove(modelParameter(request), label, exchangeOf(request).requestId);
      answer(response, 204, '');
    },
  });
}
