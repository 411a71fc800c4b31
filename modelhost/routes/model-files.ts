import type { IRouter, Request, Response } from 'express';
import { ShoalError } from '../../core/errors';
import { parseModelName, parseModelReference } from '../../protocol/model-name';
import { requireOnnxName } from '../../protocol/dialects/fractal/model-extension';
import { answer, mount, pathParameter } from '../../serving/http/express-answers';
import type { HostModels, Published } from '../models';
import type { ConfigFormat } from '../model-config/parse-config';
import { modelRoutes, type ModelsParts } from './models';
import { readModelUpload } from './upload-form';

export interface ModelFilesParts extends ModelsParts {
  readonly uploadMaxBytes: number;
}

/** `/modelhost/models/<m>` itself, with upload and deletion, and the download. */
export function mountModelFiles(app: IRouter, parts: ModelFilesParts): void {
  const { models } = parts;
  mount(app, '/modelhost/models/:model', {
    ...modelRoutes(parts),
    put: (request, response) => upload(request, response, parts),
    delete: async (request, response) => {
      const { model, version } = parseModelReference(pathParameter(request, 'model'));
      const { generation } = await models.remove(model, version);
      response.setHeader('shoal-generation', String(generation));
      answer(response, 204, 'Deleted');
    },
  });
  mount(app, '/modelhost/models/:model/download', {
    get: async (request, response) => {
      const { model, version } = parseModelReference(pathParameter(request, 'model'));
      await sendFile(response, models, { model, version });
    },
  });
}

async function upload(request: Request, response: Response, parts: ModelFilesParts): Promise<void> {
  const name = pathParameter(request, 'model');
  const model = parseModelName(name);
  requireOnnxName(name);
  const hold = request.headers['shoal-publish'] === 'hold';
  const { models, uploadMaxBytes } = parts;
  const received = await readModelUpload(request, response, { models, maxBytes: uploadMaxBytes });
  const published = await models.publish(received.staged, {
    model,
    hold,
    sha256: received.sha256,
    bytes: received.bytes,
    ...(received.config === undefined ? {} : configOf(received.config)),
    ...(received.description === undefined ? {} : { description: received.description }),
  });
  answer(response, published.created ? 201 : 200, publishedText(published), published);
}

/** Triton's text form starts with a field's name, JSON with a brace. */
function configOf(config: string): { config: string; configFormat: ConfigFormat } {
  return { config, configFormat: /^\s*\{/.test(config) ? 'config.json' : 'config.pbtxt' };
}

function publishedText({ model, version, created }: Published): string {
  return created
    ? `Model ${model} uploaded as version ${version}`
    : `The same bytes are there already: version ${version} of ${model}`;
}

async function sendFile(
  response: Response,
  models: HostModels,
  asked: { readonly model: string; readonly version: string },
): Promise<void> {
  const file = await models.file(asked.model, asked.version);
  response.type('application/octet-stream');
  response.setHeader('etag', `"${file.sha256}"`);
  response.attachment(file.filename);
  response.type('application/octet-stream');
  await new Promise<void>((resolve, reject) => {
    response.sendFile(file.path, { dotfiles: 'allow', cacheControl: false }, (error) => {
      if (error instanceof Error && !response.headersSent) reject(gone(asked.model, error));
      else resolve();
    });
  });
}

function gone(model: string, cause: unknown): ShoalError {
  return new ShoalError('unknown_model', `The file of model '${model}' is not there any more.`, {
    cause,
  });
}
