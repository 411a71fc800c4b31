import type { IRouter, Request, Response } from 'express';
import { stepHeader, type UploadStep } from '../../protocol/cluster/upload-step';
import { parseModelName, parseModelReference } from '../../protocol/model-name';
import { dryRunOf } from '../../protocol/dialects/fractal/dry-run';
import { requireOnnxName } from '../../protocol/dialects/fractal/model-extension';
import { answer, mount, pathParameter } from '../../serving/http/express-answers';
import type { DryRun, TryUpload } from '../dry-run';
import { naming } from '../model-faults';
import type { Published } from '../models';
import { createInbox } from '../upload/inbox';
import { dryRunGathered, publishGathered } from '../upload/publish-gathered';
import { modelRoutes, type ModelsParts } from './models';
import { receiveUpload } from './receive-upload';
import { sendFiles } from './send-files';

export interface ModelFilesParts extends ModelsParts {
  readonly dryRun: TryUpload;
  readonly uploadMaxBytes: number;
  readonly uploadMaxFiles: number;
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
  mount(app, '/modelhost/models/:model/dry_run', {
    put: (request, response) => upload(request, response, parts),
  });
  mount(app, '/modelhost/models/:model/download', {
    get: async (request, response) => {
      const { model, version } = parseModelReference(pathParameter(request, 'model'));
      await models.withFiles(model, version, (files) => sendFiles(response, model, files));
    },
  });
}

async function upload(request: Request, response: Response, parts: ModelFilesParts): Promise<void> {
  const name = pathParameter(request, 'model');
  const model = parseModelName(name);
  requireOnnxName(name);
  const dry = isDryRun(request);
  const hold = request.headers['shoal-publish'] === 'hold';
  const { models, uploadMaxBytes: maxBytes, uploadMaxFiles: maxFiles } = parts;
  const gone = new AbortController();
  response.once('close', () => {
    gone.abort();
  });
  const { signal } = gone;
  const inbox = createInbox(await models.stage(), maxFiles + 1);
  try {
    const limits = { maxBytes, maxFiles };
    const { gathered, description } = await receiveUpload(request, response, inbox, limits);
    if (dry) {
      const told = await dryRunGathered(models, gathered, { model, signal }, parts.dryRun);
      answer(response, 200, dryRunText(told), told);
      return;
    }
    const described = description === undefined ? {} : { description };
    const telling = hold ? { tell: stepTeller(response) } : {};
    const options = { model, hold, signal, ...described, ...telling };
    const published = await publishGathered(models, gathered, options);
    answer(response, published.created ? 201 : 200, publishedText(published), published);
  } catch (error) {
    throw naming(model, error);
  } finally {
    await inbox.discard();
  }
}

/**
 * Tells who waits for the answer of steps before it, in answers 103. Only inferrers hold what they
 * upload; those of an earlier build pass over such answers.
 */
function stepTeller(response: Response): (step: UploadStep) => void {
  return (step) => {
    // Without a link Node would send nothing.
    response.writeEarlyHints({ link: `<#${step}>; rel=status`, [stepHeader]: step });
  };
}

function isDryRun(request: Request): boolean {
  return request.path.endsWith('/dry_run') || dryRunOf(request.query['dry_run']);
}

function dryRunText({ model, version, created }: DryRun): string {
  return created
    ? `Model ${model} would be uploaded as version ${version}; nothing is stored`
    : `The same bytes are there already: version ${version} of ${model}`;
}

function publishedText({ model, version, created }: Published): string {
  return created
    ? `Model ${model} uploaded as version ${version}`
    : `The same bytes are there already: version ${version} of ${model}`;
}
