import type { IRouter, Request, Response } from 'express';
import { asShoalError, ShoalError } from '../../core/errors';
import { dryRunOf } from '../../protocol/dialects/fractal/dry-run';
import { requireOnnxName } from '../../protocol/dialects/fractal/model-extension';
import { namedModel } from '../../protocol/dialects/fractal/named-model';
import { parseModelName, parseModelReference } from '../../protocol/model-name';
import type { EventLog } from '../../serving/events/event-log';
import { exchangeOf } from '../../serving/http/express';
import { answer, mount, pathParameter } from '../../serving/http/express-answers';
import type { Forward } from '../forward';
import type { HostRegistry } from '../hosts/host-registry';
import { hostsToAsk, hostToUploadTo } from '../models/any-host';
import type { Uploaded } from '../models/cluster-models';
import { errorOfReply, hostReply } from '../models/host-reply';
import { receivingSteps, type UploadLogs } from '../models/upload-logs';
import { describe, inform, type ModelsParts } from './models';

export interface ModelFilesParts extends ModelsParts {
  readonly registry: HostRegistry;
  readonly forward: Forward;
  readonly uploads: UploadLogs;
}

/** `/api/v1/models/<m>` itself, with upload and deletion, and the download. */
export function mountModelFiles(app: IRouter, parts: ModelFilesParts): void {
  mount(app, '/api/v1/models/:model', {
    get: inform(parts.catalog),
    post: describe(parts.models),
    put: (request, response) => {
      const dry = dryRunOf(request.query['dry_run']);
      return dry ? dryRun(request, response, parts) : upload(request, response, parts);
    },
    delete: async (request, response) => {
      const { model, version } = parseModelReference(pathParameter(request, 'model'));
      await parts.models.remove(model, version, exchangeOf(request).requestId);
      answer(response, 204, 'Deleted');
    },
  });
  mount(app, '/api/v1/models/:model/dry_run', {
    put: (request, response) => dryRun(request, response, parts),
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
  const log = parts.uploads.begin(requestId);
  log.add('begun', { model });
  request.once('end', () => {
    log.add('received', {});
  });
  try {
    const uploaded = await stored(request, response, { ...parts, model, log });
    const { version, created } = uploaded;
    const text = created
      ? `Model ${model} uploaded as version ${version}; every modelhost serves it`
      : `The same bytes are there already: version ${version} of ${model}`;
    const status = created ? 201 : 200;
    log.add('done', { status, version, created });
    answer(response, status, text, uploaded);
  } catch (error) {
    const { code, message } = asShoalError(error);
    log.add('failed', { code, error: message });
    throw error;
  } finally {
    log.end();
  }
}

function stored(
  request: Request,
  response: Response,
  {
    model,
    log,
    models,
    forward,
  }: ModelFilesParts & { readonly model: string; readonly log: EventLog },
): Promise<Uploaded> {
  const { requestId } = exchangeOf(request);
  const path = `/modelhost/models/${model}`;
  const headers = { 'shoal-publish': 'hold', 'x-request-id': requestId };
  const onBytes = receivingSteps(log, Number(request.headers['content-length'] ?? 0));
  const tell = (step: string, data: object): void => {
    log.add(step, data);
  };
  return models.upload(
    model,
    async (host) => {
      const target = { url: host.url, path, headers };
      const onStep = (step: string): void => {
        tell(step, { host: host.id });
      };
      const watch = { onBytes, onStep };
      return hostReply(host.id, await forward.upload({ request, response }, target, watch));
    },
    requestId,
    tell,
  );
}

/** By a path of its own: a host of an earlier build would store it if it were a parameter. */
async function dryRun(
  request: Request,
  response: Response,
  { registry, forward }: ModelFilesParts,
): Promise<void> {
  const name = pathParameter(request, 'model');
  const model = parseModelName(name);
  requireOnnxName(name);
  const host = hostToUploadTo(registry, model);
  const path = `/modelhost/models/${model}/dry_run`;
  const headers = { 'x-request-id': exchangeOf(request).requestId };
  const via = { request, response };
  const reply = hostReply(host.id, await forward.upload(via, { url: host.url, path, headers }));
  if (reply.status >= 300) throw errorOfReply(reply);
  response.status(reply.status).json(reply.body);
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
