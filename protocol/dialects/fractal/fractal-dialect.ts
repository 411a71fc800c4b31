import { performance } from 'node:perf_hooks';
import { ShoalError } from '../../../core/errors';
import type { Catalog, Servable } from '../../catalog';
import type { Dialect, Exchange, Handler } from '../../exchange';
import type { Infer } from '../../infer';
import { parseModelReference, type ModelReference } from '../../model-name';
import type { Tensor } from '../../tensor';
import { CallContext } from '../call-context';
import { headerTimeoutMs } from '../timeout-header';
import { notOnnxName } from './model-extension';
import { multipartFile } from './multipart-file';
import { predictionToJson } from './prediction-answer';
import { predictionReference } from './prediction-path';
import { predictionFromJson, type Prediction } from './prediction-request';

/**
 * Makes the model's only input out of a JPEG or PNG. Rejects with invalid_request where the model
 * takes no picture, unsupported_media_type, too_large or malformed_body.
 */
export type ReadPicture = (bytes: Buffer, type: string, servable: Servable) => Promise<Tensor>;

export interface FractalDialectParts {
  readonly infer: Infer;
  readonly catalog: Catalog;
  /** In front of `/<model>/prediction`, e.g. `/api/v1/models`. */
  readonly prefix: string;
  readonly readPicture: ReadPicture;
}

/**
 * Predictions in FRACTAL's form: POST and GET of `<prefix>/<model>[:version]/prediction` with JSON,
 * with a JPEG or PNG as body, or with one in the multipart field `file`.
 */
export function createFractalDialect(parts: FractalDialectParts): Dialect {
  return {
    name: 'fractal',
    status: 'fractal',
    match(method, path) {
      const reference = predictionReference(parts.prefix, path);
      if (reference === undefined) return undefined;
      if (method !== 'POST' && method !== 'GET') throw methodNotAllowed(method);
      return predict(parts, reference);
    },
  };
}

function methodNotAllowed(method: string): ShoalError {
  return new ShoalError(
    'method_not_allowed',
    `A prediction wants POST (or GET), ${method} is not possible.`,
    { headers: { allow: 'GET, POST' } },
  );
}

function predict(parts: FractalDialectParts, reference: string): Handler {
  return async (exchange) => {
    const asked = parseModelReference(reference);
    exchange.notes.model = asked.model;
    exchange.notes.version = asked.version;
    const { arrivedAt } = exchange;
    const deadline = (): number => arrivedAt + headerTimeoutMs(exchange);
    const servable = await resolve(parts.catalog, asked, deadline);
    const context = new CallContext(exchange, { arrivedAt, deadline: deadline(), priority: 0 });
    exchange.notes.stages = context.stages;
    const body = await exchange.body();
    const decoding = performance.now();
    const prediction = await predictionOf(exchange, body, servable, parts.readPicture);
    exchange.notes.rows = prediction.inputs[0]?.shape[0] ?? 1;
    context.stages.decode = microsecondsSince(decoding);
    const response = await parts.infer({ ...asked, ...prediction, parameters: new Map() }, context);
    const encoding = performance.now();
    const answer = predictionToJson(response, prediction.id);
    context.stages.encode = microsecondsSince(encoding);
    exchange.notes.version = response.version;
    exchange.notes.host = response.host;
    exchange.notes.batchRows = response.batchRows;
    exchange.reply(
      200,
      {
        'content-type': 'application/json',
        'shoal-modelhost': response.host,
        'shoal-batch-rows': String(response.batchRows),
        ...(response.defaultFor !== undefined && { 'shoal-default-answer': response.defaultFor }),
      },
      answer,
    );
  };
}

/** Where no host has reported yet, the catalog is asked to wait for one. */
async function resolve(
  catalog: Catalog,
  { model, version }: ModelReference,
  deadline: () => number,
): Promise<Servable> {
  try {
    return catalog.resolve(model, version);
  } catch (error) {
    if (!(error instanceof ShoalError)) throw error;
    if (error.code !== 'no_host') throw notOnnxName(model, error);
    await catalog.refresh(model, deadline());
    return catalog.resolve(model, version);
  }
}

async function predictionOf(
  exchange: Exchange,
  body: Buffer,
  servable: Servable,
  readPicture: ReadPicture,
): Promise<Prediction> {
  const header = exchange.header('content-type') ?? '';
  const type = header.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (type === 'multipart/form-data') {
    const file = multipartFile(header, body, 'file');
    return pictureOf(await readPicture(file.bytes, file.contentType, servable));
  }
  if (type.startsWith('image/')) return pictureOf(await readPicture(body, type, servable));
  if (isJson(type)) return predictionFromJson(body, servable);
  throw new ShoalError(
    'unsupported_media_type',
    `A prediction wants application/json, image/jpeg, image/png or multipart/form-data; got '${type}'.`,
  );
}

/** curl -d sends JSON as a form unless told otherwise, and FRACTAL's users do so. */
function isJson(type: string): boolean {
  return /^(|text\/json|application\/(json|x-www-form-urlencoded|[a-z0-9.-]+\+json))$/.test(type);
}

function pictureOf(input: Tensor): Prediction {
  return { inputs: [input], outputs: [], id: '' };
}

function microsecondsSince(start: number): number {
  return Math.round((performance.now() - start) * 1000);
}
