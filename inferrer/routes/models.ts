import type { IRouter, RequestHandler } from 'express';
import { ShoalError } from '../../core/errors';
import type { Catalog } from '../../protocol/catalog';
import { defaultOf, descriptionOf } from '../../protocol/dialects/fractal/management-body';
import {
  informationList,
  modelInformation,
  modelList,
} from '../../protocol/dialects/fractal/model-information';
import { namedModel } from '../../protocol/dialects/fractal/named-model';
import { exchangeOf } from '../../serving/http/express';
import {
  answer,
  jsonBody,
  modelParameter,
  mount,
  pathParameter,
} from '../../serving/http/express-answers';
import { giveExample } from '../../serving/http/example-answer';
import type { ClusterModels } from '../models/cluster-models';

export interface ModelsParts {
  readonly catalog: Catalog;
  readonly models: ClusterModels;
}

/** Lists, information, default and the re-reading of the repository, for the whole cluster. */
export function mountModels(app: IRouter, parts: ModelsParts): void {
  const { catalog, models } = parts;
  mount(app, '/api/v1/models', {
    get: (_request, response) => {
      answer(response, 200, 'Models', { model_list: modelList(catalog.models()) });
    },
  });
  mount(app, '/api/v1/models/information', {
    get: (_request, response) => {
      const list = informationList(catalog.models());
      answer(response, 200, 'Information of all models', { model_list: list });
    },
  });
  const update = updateHosts(models);
  mount(app, '/api/v1/models/updatemodelhosts', { get: update, post: update });
  mount(app, '/api/v1/models/:model/information', { get: inform(catalog), post: describe(models) });
  mount(app, '/api/v1/models/:model/example', { get: giveExample(catalog) });
  mount(app, '/api/v1/models/:model/default', {
    post: async (request, response) => {
      const model = modelParameter(request);
      const version = defaultOf(await jsonBody(request));
      const hosts = await models.setDefault(model, version, exchangeOf(request).requestId);
      answer(response, 200, `Version ${version} is the default`, { model, version, hosts });
    },
  });
}

export function inform(catalog: Catalog): RequestHandler {
  return (request, response) => {
    const { entry, version } = namedModel(catalog, pathParameter(request, 'model'));
    answer(response, 200, 'Model information', modelInformation(entry, version));
  };
}

export function describe(models: ClusterModels): RequestHandler {
  return async (request, response) => {
    const model = modelParameter(request);
    const description = descriptionOf(await jsonBody(request));
    const hosts = await models.describe(model, description, exchangeOf(request).requestId);
    answer(response, 200, 'Description changed', { model, description, hosts });
  };
}

function updateHosts(models: ClusterModels): RequestHandler {
  return async (request, response) => {
    const hosts = await models.update(exchangeOf(request).requestId);
    if (hosts.every(({ code }) => code < 300)) {
      answer(response, 200, 'Every modelhost has the models of the repository', { hosts });
      return;
    }
    throw new ShoalError('host_check_failed', 'Not every modelhost could update; see hosts.', {
      fields: { hosts },
    });
  };
}
