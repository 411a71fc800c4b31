import { ShoalError } from '../../../core/errors';
import { longestMs } from '../../../core/in-time';
import type { Catalog } from '../../catalog';
import { readContent } from '../../content/read-content';
import type { ReadPicture } from '../../content/read-picture';
import { noSharedRegions } from '../../control/no-shared-memory';
import type { SharedRegions } from '../../control/shared-memory';
import type { Exchange, Handler } from '../../exchange';
import type { Infer, InferRequest, InferResponse, Stages } from '../../infer';
import { clientParameters, timingHeader } from '../../link/http-parameters';
import type { ModelReference } from '../../model-name';
import { largeJsonBytes, readInTime, type ReadLargeJson } from '../../parse-pool/large-json';
import type { Tensor } from '../../tensor';
import { CallContext } from '../call-context';
import { noteAnswer } from '../note-answer';
import { servableFor } from '../servable-for';
import { headerTimeoutMs } from '../timeout-header';
import { fromRegions, toRegions } from './call-regions';
import { answerType, contentOf, replyAs } from './content-call';
import { inputsWithBlobs, jsonLength, jsonLengthHeader } from './framing';
import type { InferCall } from './infer-call';
import type { InferReply } from './infer-reply';
import { createHeadReader } from './known-heads';
import { bareCall, rawCall } from './raw-call';
import { readPlainCall } from './read-plain-call';
import { acceptedCoding, compressed } from './reply-compression';
import { referenceIn, type NamedInPath } from './routes';

export interface InferHandling {
  readonly infer: Infer;
  readonly catalog: Catalog;
  /** Milliseconds; the clock of deadlines and stages, `performance.now()`. */
  readonly now: () => number;
  /**
   * What comes may be an inferrer's batch: its parameters count, and answers say how long they
   * waited and ran. Elsewhere a client's parameters of these names are dropped.
   */
  readonly servesInferrers?: boolean;
  /** Clients' shared memory; without it none is offered. */
  readonly regions?: SharedRegions;
  /** Reads pictures as bodies; without it none is taken. */
  readonly readPicture?: ReadPicture;
  /** Reads JSON of more than `largeJsonBytes` elsewhere; without it all is read here. */
  readonly readLargeJson?: ReadLargeJson;
}

const empty: Buffer = Buffer.alloc(0);

interface Decoded {
  readonly call: InferCall;
  readonly request: InferRequest;
}

/** Answers `POST /v2/models/<segment>[/versions/<version>]/infer`. */
export function createInferHandler(handling: InferHandling, named: NamedInPath): Handler {
  const { now, regions = noSharedRegions } = handling;
  let to: ModelReference | undefined;
  return async (exchange) => {
    const { arrivedAt, notes } = exchange;
    to ??= referenceIn(named);
    notes.model = to.model;
    notes.version = to.version;
    const body = await exchange.body();
    const decoding = now();
    const headerMs = headerTimeoutMs(exchange);
    const reading = decoded(handling, exchange, body, to);
    const { call, request: read } =
      reading instanceof Promise
        ? await readInTime(reading, arrivedAt + headerMs - now())
        : reading;
    const type = answerType(exchange, call);
    const finding = fromRegions(regions, call, read, exchange);
    const request = finding instanceof Promise ? await finding : finding;
    const deadline = arrivedAt + waitMs(headerMs, call);
    const terms = { arrivedAt, deadline, priority: call.priority };
    const context = new CallContext(exchange, terms);
    notes.stages = context.stages;
    notes.rows = request.inputs[0]?.shape[0] ?? 1;
    context.stages.decode = (now() - decoding) * 1000;
    const response = await handling.infer(request, context);
    // The model's answer comes when all other attempts are over (`HostLink`); any other answer, and
    // every error, may come while the request is still under way.
    if (response.defaultFor === undefined) exchange.bodyDone();
    noteAnswer(notes, response);
    const encoding = now();
    toRegions(regions, call, response.outputs, exchange);
    const reply = packed(exchange, replyAs(type, call, response));
    const { headers, body: bytes } = reply instanceof Promise ? await reply : reply;
    context.stages.encode = (now() - encoding) * 1000;
    tellOrigin(headers, response);
    if (handling.servesInferrers === true) headers[timingHeader] = timingOf(context.stages);
    exchange.reply(200, headers, bytes);
  };
}

/** Where the answer is not what a run has just given. */
function tellOrigin(headers: Record<string, string>, response: InferResponse): void {
  if (response.defaultFor !== undefined) headers['shoal-default-answer'] = response.defaultFor;
  if (response.fromCache === true) headers['shoal-cache'] = 'hit';
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
function decoded(
  handling: InferHandling,
  exchange: Exchange,
  body: Buffer,
  to: ModelReference,
): Decoded | Promise<Decoded> {
  const content = contentOf(exchange);
  if (content !== undefined) {
    const reading = contentCall(handling, exchange, { body, content }, to);
    return decodedLater(handling, reading, empty, to);
  }
  try {
    const length = jsonLength(exchange.header(jsonLengthHeader), body.length);
    if (length === 0 && body.length > 0) {
      return decodedLater(handling, rawCallOf(handling, exchange, body, to), empty, to);
    }
    const call = callIn(handling, exchange, body, length);
    if (call instanceof Promise) return decodedLater(handling, call, body.subarray(length), to);
    return requestOf(handling, call, inputsWithBlobs(call, body, length, to.model), to);
  } catch (error) {
    throw unknownTo(handling.catalog, to) ?? error;
  }
}

function requestOf(
  { servesInferrers = false }: InferHandling,
  call: InferCall,
  inputs: readonly Tensor[],
  { model, version }: ModelReference,
): Decoded {
  const { id, outputs, classes } = call;
  const parameters = servesInferrers ? call.parameters : clientParameters(call.parameters);
  return { call, request: { model, version, id, inputs, outputs, classes, parameters } };
}

/** The call that the bytes of a model's only input are. */
async function rawCallOf(
  { catalog }: InferHandling,
  exchange: Exchange,
  body: Buffer,
  to: ModelReference,
): Promise<InferCall> {
  return rawCall(await servableFor(catalog, to, () => deadlineOf(exchange)), body);
}

/** The call that a body of another content type is. */
async function contentCall(
  { catalog, readPicture = noPictures }: InferHandling,
  exchange: Exchange,
  { body, content }: { readonly body: Buffer; readonly content: string },
  to: ModelReference,
): Promise<InferCall> {
  const servable = await servableFor(catalog, to, () => deadlineOf(exchange));
  return bareCall(await readContent(content, body, servable, readPicture), false);
}

function deadlineOf(exchange: Exchange): number {
  return exchange.arrivedAt + headerTimeoutMs(exchange);
}

const noPictures: ReadPicture = () => {
  throw new ShoalError('unsupported_media_type', 'No pictures are taken here.');
};

/** `blobs` is what follows the JSON. */
async function decodedLater(
  handling: InferHandling,
  reading: Promise<InferCall>,
  blobs: Buffer,
  to: ModelReference,
): Promise<Decoded> {
  try {
    const call = await reading;
    return requestOf(handling, call, inputsWithBlobs(call, blobs, 0, to.model), to);
  } catch (error) {
    throw unknownTo(handling.catalog, to) ?? error;
  }
}

/** The error that says that there is no such model or version. */
function unknownTo(catalog: Catalog, { model, version }: ModelReference): ShoalError | undefined {
  try {
    catalog.resolve(model, version);
  } catch (error) {
    if (error instanceof ShoalError && /^unknown_/.test(error.code)) return error;
  }
  return undefined;
}

const readHead = createHeadReader();

/** The call that the first bytes of the body are, alone or in front of binary tensors. */
function callIn(
  { readLargeJson, now }: InferHandling,
  exchange: Exchange,
  body: Buffer,
  length: number,
): InferCall | Promise<InferCall> {
  const json = length === body.length ? body : body.subarray(0, length);
  if (readLargeJson !== undefined && length > largeJsonBytes) {
    const over = deadlineOf(exchange);
    return readLargeJson('open-inference', { json, unwanted: () => exchange.gone || now() > over });
  }
  return (length === body.length ? readPlainCall(json) : undefined) ?? readHead(json);
}

/** The smaller one of parameter `timeout` and header `shoal-timeout-ms`; else the model says. */
function waitMs(headerMs: number, call: InferCall): number {
  const byParameter = call.timeoutUs === 0 ? Infinity : call.timeoutUs / 1000;
  const wanted = Math.min(headerMs, byParameter);
  return wanted === Infinity ? Infinity : Math.min(wanted, longestMs);
}
