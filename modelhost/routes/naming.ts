import type { IRouter } from 'express';
import type { Catalog } from '../../protocol/catalog';
import { defaultOf } from '../../protocol/dialects/fractal/management-body';
import { parseLabel, parseVersionNumber } from '../../protocol/model-name';
import { labelledVersionOf } from '../../protocol/versions/bodies';
import {
  answer,
  jsonBody,
  modelParameter,
  mount,
  pathParameter,
} from '../../serving/http/express-answers';
import type { HostNaming } from '../host-naming';

export interface NamingParts {
  readonly catalog: Catalog;
  readonly naming: HostNaming;
}

/** Names of this host's versions, and what an inferrer asks for before a version gets one. */
export function mountNaming(app: IRouter, parts: NamingParts): void {
  mountDefault(app, parts);
  mountLabels(app, parts);
  mountHeld(app, parts);
}

function mountDefault(app: IRouter, { naming }: NamingParts): void {
  mount(app, '/modelhost/models/:model/default', {
    post: async (request, response) => {
      const model = modelParameter(request);
      const version = defaultOf(await jsonBody(request));
      const { generation } = await naming.setDefault(model, version);
      answer(response, 200, `Version ${version} is the default`, { model, version, generation });
    },
  });
}

function mountLabels(app: IRouter, { catalog, naming }: NamingParts): void {
  mount(app, '/modelhost/models/:model/labels', {
    get: (request, response) => {
      const model = modelParameter(request);
      answer(response, 200, 'Labels', { model, labels: catalog.model(model).labels });
    },
  });
  mount(app, '/modelhost/models/:model/labels/:label', {
    put: async (request, response) => {
      const model = modelParameter(request);
      const label = parseLabel(pathParameter(request, 'label'));
      const version = labelledVersionOf(await jsonBody(request));
      const { generation } = await naming.label(model, label, version);
      const what = `Version ${version} has the label ${label}`;
      answer(response, 200, what, { model, label, version, generation });
    },
    delete: async (request, response) => {
      const label = parseLabel(pathParameter(request, 'label'));
      const { generation } = await naming.unlabel(modelParameter(request), label);
      response.setHeader('shoal-generation', String(generation));
      answer(response, 204, '');
    },
  });
}

function mountHeld(app: IRouter, { naming }: NamingParts): void {
  mount(app, '/modelhost/models/:model/held/:version', {
    put: async (request, response) => {
      const version = parseVersionNumber(pathParameter(request, 'version'));
      const held = await naming.hold(modelParameter(request), version);
      answer(response, 200, 'The version is loaded', { version, ...held });
    },
    delete: async (request, response) => {
      const version = parseVersionNumber(pathParameter(request, 'version'));
      const { generation } = await naming.release(modelParameter(request), version);
      response.setHeader('shoal-generation', String(generation));
      answer(response, 204, '');
    },
  });
}
