import { ShoalError } from '../../../core/errors';
import type { Catalog, Servable } from '../../catalog';
import type { Exchange, Handler } from '../../exchange';
import type { Infer, InferRequest, Stages } from '../../infer';
import { CallContext } from './call-context';
import { inputsWithBlobs, jsonLength, jsonLengthHeader } from './framing';
import type { InferCall } from './infer-call';
import { inferReply, type InferReply } from './infer-reply';
import { rawCall } from './raw-call';
import { readCall } from './read-call';
import { acceptedCoding, compressed } from './reply-compression';
import { timingHeader } from '../../link/http-parameters';
import { modelIn } from './routes';

export interface InferHandling {
  readonly infer: Infer;
  readonly catalog: Catalog;
  /** Milliseconds; the clock of deadlines and stages, `performance.now()`. */
  readonly now: () => number;
  /** Answers say how long they waited and ran: for inferrers in front of a host. */
  readonly tellsTiming?: boolean;
  /** Reads JSON of more than `largeJsonBytes` elsewhere; without it all is read here. */
  readonly readLargeJson?: (json: Uint8Array) => Promise<InferCall>;
}

/** JSON beyond this many bytes would hold up the others if it were read on the main thread. */
export const largeJsonBytes = 256 * 1024;

/** Longest wait that timers can measure. */
const longestMs = 2 ** 31 - 1;

interface Decoded {
  readonly call: InferCall;
  readonly request: InferRequest;
}

/** Answers `POST /v2/models/<segment>[/versions/<version>]/infer`. */
export function createInferHandler(
  handling: InferHandling,
  segment: string,
  version: string,
): Handler {
  const { now } = handling;
  return async (exchange) => {
    const began = now();
    const { notes } = exchange;
    notes.version = version;
    const model = modelIn(segment);
    notes.model = model;
    const body = await exchange.body();
    const arrived = now();
    const { call, request } = await decoded(handling, exchange, body, { model, version });
    const deadline = began + waitMs(exchange, call);
    const terms = { arrivedAt: began, deadline, priority: call.priority };
    const context = new CallContext(exchange, terms);
    notes.stages = context.stages;
    notes.rows = request.inputs[0]?.shape[0] ?? 1;
    context.stages.decode = (now() - arrived) * 1000;
    const response = await handling.infer(request, context);
    notes.version = response.version;
    notes.host = response.host;
    notes.batchRows = response.batchRows;
    const answered = now();
    const reply = packed(exchange, inferReply(call, response));
    const { headers, body: bytes } = reply instanceof Promise ? await reply : reply;
    context.stages.encode = (now() - answered) * 1000;
    if (response.defaultFor !== undefined) headers['shoal-default-answer'] = response.defaultFor;
    if (handling.tellsTiming === true) headers[timingHeader] = timingOf(context.stages);
    exchange.reply(200, headers, bytes);
  };
}

function timingOf({ queue, run }: Stages): string {
  return `${Math.round(queue)};${Math.round(run)}`;
}

function packed(exchange: Exchange, reply: InferReply): InferReply | Promise<InferReply> {
  const accepted = exchange.header('accept-encoding');
  if (accepted === undefined) return reply;
  const coding = acceptedCoding(accepted);
  return coding === 'identity' ? reply : compressed(reply, coding);
}

/** Reads the call; that its model is unknown counts before that its body is wrong. */
async function decoded(
  handling: InferHandling,
  exchange: Exchange,
  body: Buffer,
  to: { readonly model: string; readonly version: string },
): Promise<Decoded> {
  const { model, version } = to;
  try {
    const length = jsonLength(exchange.header(jsonLengthHeader), body.length);
    const raw = length === 0 && body.length > 0;
    const call = raw
      ? rawCall(await servableFor(handling.catalog, model, version), body)
      : await callIn(handling, body.subarray(0, length));
    const inputs = raw ? call.inputs : inputsWithBlobs(call, body, length, model);
    const { id, outputs, parameters } = call;
    return { call, request: { model, version, id, inputs, outputs, parameters } };
  } catch (error) {
    throw unknownTo(handling.catalog, model, version) ?? error;
  }
}

/** Where no host has reported yet, the catalog is asked to wait for one. */
async function servableFor(catalog: Catalog, model: string, version: string): Promise<Servable> {
  try {
    return catalog.resolve(model, version);
  } catch (error) {
    if (!(error instanceof ShoalError) || error.code !== 'no_host') throw error;
    await catalog.refresh(model);
    return catalog.resolve(model, version);
  }
}

/** The error that says that there is no such model or version. */
function unknownTo(catalog: Catalog, model: string, version: string): ShoalError | undefined {
  try {
    catalog.resolve(model, version);
  } catch (error) {
    if (error instanceof ShoalError && /^unknown_/.test(error.code)) return error;
  }
  return undefined;
}

function callIn(handling: InferHandling, json: Buffer): InferCall | Promise<InferCall> {
  const { readLargeJson } = handling;
  if (readLargeJson !== undefined && json.length > largeJsonBytes) return readLargeJson(json);
  return readCall(json);
}

/** The smaller one of parameter `timeout` and header `shoal-timeout-ms`; else the model says. */
function waitMs(exchange: Exchange, call: InferCall): number {
  const header = exchange.header('shoal-timeout-ms');
  if (header === undefined && call.timeoutUs === 0) return Infinity;
  const byParameter = call.timeoutUs === 0 ? Infinity : call.timeoutUs / 1000;
  return Math.min(byParameter, header === undefined ? Infinity : milliseconds(header), longestMs);
}

function milliseconds(header: string): number {
  if (/^[1-9]\d{0,15}$/.test(header)) return Number(header);
  throw new ShoalError(
    'invalid_request',
    `Header shoal-timeout-ms must be a whole number of milliseconds from 1, got '${header}'.`,
  );
}
