import type { IRouter, Request, Response } from 'express';
import { ShoalError } from '../../core/errors';
import { requireOnnxName } from '../../protocol/dialects/fractal/model-extension';
import { namedModel } from '../../protocol/dialects/fractal/named-model';
import { parseModelName, parseModelReference } from '../../protocol/model-name';
import { exchangeOf } from '../../serving/http/express';
import { answer, mount, pathParameter } from '../../serving/http/express-answers';
import type { Forward } from '../forward';
import type { HostRegistry } from '../hosts/host-registry';
import { hostsToAsk } from '../models/any-host';
import { hostReply } from '../models/host-reply';
import { describe, inform, type ModelsParts } from './models';

export interface ModelFilesParts extends ModelsParts {
  readonly registry: HostRegistry;
  readonly forward: Forward;
}

/** `/api/v1/models/<m>` itself, with upload and deletion, and the download. */
export function mountModelFiles(app: IRouter, parts: ModelFilesParts): void {
  mount(app, '/api/v1/models/:model', {
    get: inform(parts.catalog),
    post: describe(parts.models),
    put: (request, response) => upload(request, response, parts),
    delete: async (request, response) => {
      const { model, version } = parseModelReference(pathParameter(request, 'model'));
      await parts.models.remove(model, version, exchangeOf(request).requestId);
      answer(response, 204, 'Deleted');
    },
  });
  mount(app, '/api/v1/models/:model/download', {
    get: (request, response) => download(request, response, parts),
  });
}

async function upload(request: Request, response: Response, parts: ModelFilesParts): Promise<void> {
  const name = pathParameter(request, 'model');
  const model = parseModelName(name);
  requireOnnxName(name);
  const { requestId } = exchangeOf(request);
  const path = `/modelhost/models/${model}`;
  const headers = { 'shoal-publish': 'hold', 'x-request-id': requestId };
  const uploaded = await parts.models.upload(
    model,
    async (host) => {
      const via = { request, response };
      const { status, text } = await parts.forward.upload(via, { url: host.url, path, headers });
      return hostReply(status, host.id, text);
    },
    requestId,
  );
  const { version, created } = uploaded;
  const text = created
    ? `Model ${model} uploaded as version ${version}; every modelhost serves it`
    : `The same bytes are there already: version ${version} of ${model}`;
  answer(response, created ? 201 : 200, text, uploaded);
}

/** Turns to the next host as long as nothing has been answered. */
async function download(
  request: Request,
  response: Response,
  parts: ModelFilesParts,
): Promise<void> {
  const reference = pathParameter(request, 'model');
  const { entry, version } = namedModel(parts.catalog, reference);
  const path = `/modelhost/models/${entry.name}${version === '' ? '' : `:${version}`}/download`;
  const headers = { 'x-request-id': exchangeOf(request).requestId };
  let fault: unknown;
  for (const { url } of hostsToAsk(parts.registry)) {
    try {
      await parts.forward.pass({ request, response }, { url, path, headers });
      return;
    } catch (error) {
      if (!(error instanceof ShoalError) || error.code !== 'host_lost') throw error;
      fault = error;
    }
  }
  throw fault;
}
