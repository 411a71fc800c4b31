import { performance } from 'node:perf_hooks';
import { ShoalError } from '../../../core/errors';
import type { Catalog } from '../../catalog';
import { acceptedType } from '../../content/accept';
import type { ReadPicture } from '../../content/read-picture';
import type { Exchange } from '../../exchange';
import type { Infer, InferResponse } from '../../infer';
import type { ModelReference } from '../../model-name';
import type { ReadLargeJson } from '../../parse-pool/large-json';
import { CallContext } from '../call-context';
import { noteAnswer } from '../note-answer';
import { servableFor } from '../servable-for';
import { headerTimeoutMs } from '../timeout-header';
import { readInvocation, type InvocationCall, type TypedBody } from './invocation-call';

export interface InvocationParts {
  readonly infer: Infer;
  readonly catalog: Catalog;
  readonly readPicture: ReadPicture;
  /** Reads large JSON elsewhere; without it all is read here. */
  readonly readLargeJson?: ReadLargeJson;
  /** Type of answers to callers that accept any; one of `answerTypes`. */
  readonly defaultAccept: string;
  /** Largest body in bytes. */
  readonly maxBodyBytes: number;
  /** Longest time of an invocation, in milliseconds. */
  readonly timeoutMs: number;
}

/** Answers a call to a model. `headers` stand on the answer besides its own. */
export async function invoke(
  parts: InvocationParts,
  exchange: Exchange,
  asked: ModelReference,
  headers: (response: InferResponse) => Readonly<Record<string, string>> = () => ({}),
): Promise<void> {
  const { arrivedAt, notes } = exchange;
  notes.model = asked.model;
  notes.version = asked.version;
  const latest = arrivedAt + Math.min(headerTimeoutMs(exchange), parts.timeoutMs);
  const servable = await servableFor(parts.catalog, asked, () => latest);
  const body = await bodyWithin(exchange, parts.maxBodyBytes);
  const decoding = performance.now();
  const header = exchange.header('content-type') ?? '';
  const { readPicture, readLargeJson } = parts;
  const asking = { exchange, deadline: latest, readPicture, readLargeJson };
  const call = await readInvocation(header, body, servable, asking);
  const type = acceptedType(exchange.header('accept'), preferring(parts.defaultAccept, call.types));
  const byParameter = call.timeoutUs === 0 ? Infinity : arrivedAt + call.timeoutUs / 1000;
  const deadline = Math.min(latest, byParameter);
  const context = new CallContext(exchange, { arrivedAt, deadline, priority: call.priority });
  notes.stages = context.stages;
  notes.rows = call.inputs[0]?.shape[0] ?? 1;
  context.stages.decode = (performance.now() - decoding) * 1000;
  const response = await parts.infer(requestOf(call, asked), context);
  noteAnswer(notes, response);
  const encoding = performance.now();
  const answer = call.write(response, type);
  context.stages.encode = (performance.now() - encoding) * 1000;
  reply(exchange, response, answer, headers(response));
}

function requestOf(call: InvocationCall, { model, version }: ModelReference) {
  const { id, inputs, outputs, parameters } = call;
  return { model, version, id, inputs, outputs, parameters };
}

function reply(
  exchange: Exchange,
  response: InferResponse,
  { contentType, body, headers = {} }: TypedBody,
  more: Readonly<Record<string, string>>,
): void {
  const own = {
    'content-type': contentType,
    ...headers,
    ...more,
    'shoal-modelhost': response.host,
    'shoal-batch-rows': String(response.batchRows),
    ...(response.fromCache === true && { 'shoal-cache': 'hit' }),
    ...(response.defaultFor !== undefined && { 'shoal-default-answer': response.defaultFor }),
  };
  exchange.reply(200, own, body);
}

/** The types with the preferred one first, if it is one of them and nothing goes before JSON. */
function preferring(wanted: string, types: readonly string[]): readonly string[] {
  const [first] = types;
  if (first !== 'application/json' || wanted === first || !types.includes(wanted)) return types;
  return [wanted, ...types.filter((type) => type !== wanted)];
}

async function bodyWithin(exchange: Exchange, maxBytes: number): Promise<Buffer> {
  refuseOver(Number(exchange.header('content-length') ?? 0), maxBytes);
  const body = await exchange.body();
  refuseOver(body.length, maxBytes);
  return body;
}

function refuseOver(bytes: number, maxBytes: number): void {
  if (!(bytes > maxBytes)) return;
  throw new ShoalError(
    'too_large',
    `An invocation may have ${maxBytes} bytes (SAGEMAKER_MAX_PAYLOAD_IN_MB); this one has ${bytes}.`,
    { fields: { limit_bytes: maxBytes } },
  );
}
