import { performance } from 'node:perf_hooks';
import { ShoalError } from '../../../core/errors';
import type { Catalog, Servable } from '../../catalog';
import { acceptedType } from '../../content/accept';
import type { ContentBody } from '../../content/content-codec';
import { contentAnswer, contentTypes } from '../../content/codecs';
import { readContent } from '../../content/read-content';
import { isJsonType, mediaType } from '../../content/media-type';
import type { ReadPicture } from '../../content/read-picture';
import type { Dialect, Handler } from '../../exchange';
import type { Infer, InferResponse } from '../../infer';
import { parseModelReference, type ModelReference } from '../../model-name';
import { readOrSend, type Asking, type ReadLargeJson } from '../../parse-pool/large-json';
import { CallContext } from '../call-context';
import { noteAnswer } from '../note-answer';
import { servableFor } from '../servable-for';
import { headerTimeoutMs } from '../timeout-header';
import { notOnnxName } from './model-extension';
import { multipartFile } from './multipart-file';
import { predictionOperations } from './operations';
import { predictionToJson } from './prediction-answer';
import { predictionReference } from './prediction-path';
import { predictionFromJson, type Prediction } from './prediction-request';

export interface FractalDialectParts {
  readonly infer: Infer;
  readonly catalog: Catalog;
  /** In front of `/<model>/prediction`, e.g. `/api/v1/models`. */
  readonly prefix: string;
  readonly readPicture: ReadPicture;
  /** Reads large JSON elsewhere; without it all is read here. */
  readonly readLargeJson?: ReadLargeJson;
}

/**
 * Predictions in FRACTAL's form: POST and GET of `<prefix>/<model>[:version]/prediction` with JSON,
 * with a JPEG or PNG as body or in the multipart field `file`, or with another content type; the
 * answer has the type that Accept wants, JSON where it does not say.
 */
export function createFractalDialect(parts: FractalDialectParts): Dialect {
  return {
    name: 'fractal',
    status: 'fractal',
    operations: predictionOperations(parts.prefix),
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
    const type = acceptedType(exchange.header('accept'), answerTypes);
    const body = await exchange.body();
    const decoding = performance.now();
    const { readPicture, readLargeJson } = parts;
    const asking = { exchange, deadline: context.deadline, readPicture, readLargeJson };
    const prediction = await predictionOf(body, servable, asking);
    exchange.notes.rows = prediction.inputs[0]?.shape[0] ?? 1;
    context.stages.decode = microsecondsSince(decoding);
    const response = await parts.infer({ ...asked, ...prediction, parameters: new Map() }, context);
    noteAnswer(exchange.notes, response);
    const encoding = performance.now();
    const answer = answerOf(response, prediction, type);
    context.stages.encode = microsecondsSince(encoding);
    exchange.reply(
      200,
      {
        'content-type': type,
        ...answer.headers,
        'shoal-modelhost': response.host,
        'shoal-batch-rows': String(response.batchRows),
        ...(response.fromCache === true && { 'shoal-cache': 'hit' }),
        ...(response.defaultFor !== undefined && { 'shoal-default-answer': response.defaultFor }),
      },
      answer.body,
    );
  };
}

const json = 'application/json';
const answerTypes: readonly string[] = [json, ...contentTypes];

function answerOf(response: InferResponse, { id }: Prediction, type: string): ContentBody {
  if (type === json) return { body: predictionToJson(response, id) };
  return contentAnswer(type, response.outputs);
}

async function resolve(
  catalog: Catalog,
  asked: ModelReference,
  deadline: () => number,
): Promise<Servable> {
  try {
    return await servableFor(catalog, asked, deadline);
  } catch (error) {
    throw error instanceof ShoalError ? notOnnxName(asked.model, error) : error;
  }
}

async function predictionOf(
  body: Buffer,
  servable: Servable,
  asking: Asking & { readonly readPicture: ReadPicture },
): Promise<Prediction> {
  const { exchange, readPicture } = asking;
  const header = exchange.header('content-type') ?? '';
  const { type } = mediaType(header);
  if (isJsonType(type)) {
    const here = (): Prediction => predictionFromJson(body, servable);
    return await readOrSend('prediction', asking, { json: body, servable }, here);
  }
  const file = type === 'multipart/form-data' ? multipartFile(header, body, 'file') : undefined;
  const inputs =
    file === undefined
      ? await readContent(header, body, servable, readPicture)
      : [await readPicture(file.bytes, file.contentType, servable)];
  return { inputs, outputs: [], id: '' };
}

function microsecondsSince(start: number): number {
  return Math.round((performance.now() - start) * 1000);
}
