import type { IRouter, RequestHandler } from 'express';
import type { Catalog } from '../../protocol/catalog';
import { namedModel } from '../../protocol/dialects/fractal/named-model';
import { descriptionOf } from '../../protocol/dialects/fractal/management-body';
import {
  informationList,
  modelInformation,
  modelList,
} from '../../protocol/dialects/fractal/model-information';
import { parseModelReference } from '../../protocol/model-name';
import {
  answer,
  jsonBody,
  mount,
  pathParameter,
  type Methods,
} from '../../serving/http/express-answers';
import { giveExample } from '../../serving/http/example-answer';
import type { HostModels } from '../models';

export interface ModelsParts {
  readonly catalog: Catalog;
  readonly models: HostModels;
}

/** Lists, information, description and deletion of this host's models. */
export function mountModels(app: IRouter, parts: ModelsParts): void {
  const { catalog, models } = parts;
  mount(app, '/modelhost/models', {
    get: (_request, response) => {
      answer(response, 200, 'Models', { model_list: modelList(catalog.models()) });
    },
  });
  mount(app, '/modelhost/models/information', {
    get: (_request, response) => {
      const list = informationList(catalog.models());
      answer(response, 200, 'Information of all models', { model_list: list });
    },
  });
  mount(app, '/modelhost/models/update', {
    post: async (_request, response) => {
      await models.update();
      answer(response, 200, 'The models are those of the repository', {
        model_list: modelList(catalog.models()),
      });
    },
  });
  mount(app, '/modelhost/models/:model/information', modelRoutes(parts));
  mount(app, '/modelhost/:model/information', modelRoutes(parts));
  mount(app, '/modelhost/models/:model/example', { get: giveExample(catalog) });
}

/** Information by GET, the description by POST. */
export function modelRoutes({ catalog, models }: ModelsParts): Methods {
  return { get: inform(catalog), post: describe(models) };
}

function inform(catalog: Catalog): RequestHandler {
  return (request, response) => {
    const { entry, version } = namedModel(catalog, pathParameter(request, 'model'));
    answer(response, 200, 'Model information', modelInformation(entry, version));
  };
}

function describe(models: HostModels): RequestHandler {
  return async (request, response) => {
    const { model } = parseModelReference(pathParameter(request, 'model'));
    const description = descriptionOf(await jsonBody(request));
    const { generation } = await models.describe(model, description);
    answer(response, 200, 'Description changed', { model, description, generation });
  };
}
