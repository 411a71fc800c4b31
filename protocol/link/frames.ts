import { isErrorCode, ShoalError } from '../../core/errors';
import { isDatatype } from '../datatype';
import type { Tensor } from '../tensor';
import { inputBytes, type Batch, type BatchReply, type Refusal, type Segment } from './batch';
import { aligned, encodeFrame, frameKinds, type OutgoingFrame } from './frame';
import { FrameFault, type IncomingFrame } from './frame-reader';
import { isList, numberIn, objectIn, textIn, textsIn } from './frame-header';

/** The first frame in both directions; each side knows from it whom it talks to. */
export interface Hello {
  /** Id of the modelhost; from a client the id of whatever calls, or ''. */
  readonly host: string;
  readonly runner: string;
  /** The cluster's secret, from a client only; '' for none. */
  readonly secret: string;
  /**
   * Name of a file in shared memory for large inputs, from a client that offers one; the other
   * side repeats it if it can read it. '' for none.
   */
  readonly shared: string;
}

/** Where an input's bytes lie in a file that both sides have open. */
export interface SharedPlace {
  readonly at: number;
  /** The number of a client's file, see share-frames.ts; 0 is the file of the connection's hello. */
  readonly file: number;
}

/** The same as it arrives. */
export interface SharedRange extends SharedPlace {
  /** Which of the inputs. */
  readonly input: number;
  readonly bytes: number;
}

/**
 * A batch as a runner receives it: each input in one piece, aligned for its datatype. Inputs that
 * lie in shared memory have no data yet.
 */
export interface ReceivedBatch {
  readonly model: string;
  readonly version: number;
  readonly generation: number;
  readonly rows: number;
  readonly segments: readonly Segment[];
  readonly inputs: readonly Tensor[];
  readonly shared: readonly SharedRange[];
  readonly outputs: readonly string[];
  /** How often this single request has been lost before. */
  readonly losses: number;
}

const refusals: Readonly<Record<Refusal, true>> = {
  stale_generation: true,
  not_loaded: true,
  draining: true,
  overloaded: true,
  unauthorized: true,
};

const noParts: OutgoingFrame['parts'] = [];

export function encodeHello(hello: Hello): Uint8Array[] {
  return encodeFrame({
    kind: frameKinds.hello,
    id: 0,
    header: JSON.stringify(hello),
    parts: noParts,
  });
}

export function decodeHello(frame: IncomingFrame): Hello {
  const header = objectIn(frame.header);
  const optional = (name: string): string => (name in header ? textIn(header[name]) : '');
  return {
    host: optional('host'),
    runner: optional('runner'),
    secret: optional('secret'),
    shared: optional('shared'),
  };
}

const noneShared: readonly (SharedPlace | undefined)[] = [];

/**
 * `shared` has for each input where its bytes lie in a shared file, or undefined where they are to
 * travel in the frame; empty: all travel. Throws what reading those that travel throws.
 */
export function encodeInfer(id: number, batch: Batch, shared = noneShared): Uint8Array[] {
  const { servable } = batch;
  const header = JSON.stringify({
    m: servable.model,
    v: servable.version,
    g: servable.generation,
    r: batch.rows,
    s: batch.segments.map((segment) => [
      segment.requestId,
      segment.rows,
      segment.timeLeftMs,
      segment.priority,
      segment.trace,
    ]),
    o: batch.outputs,
    l: batch.losses === 0 ? undefined : batch.losses,
    i: batch.inputs.map((input, at) => {
      const { name, datatype, shape } = input;
      const place = shared[at];
      const bytes = inputBytes(input);
      if (place === undefined) return [name, datatype, shape, bytes];
      return [name, datatype, shape, bytes, place.at, place.file];
    }),
  });
  const parts = batch.inputs.map((input, at) => (shared[at] === undefined ? input.chunks : []));
  return encodeFrame({ kind: frameKinds.infer, id, header, parts });
}

export function decodeInfer(frame: IncomingFrame): ReceivedBatch {
  const header = objectIn(frame.header);
  const shared: SharedRange[] = [];
  return {
    shared,
    model: textIn(header['m']),
    version: numberIn(header['v']),
    generation: numberIn(header['g']),
    rows: numberIn(header['r']),
    segments: segmentsIn(header['s']),
    outputs: textsIn(header['o']),
    losses: header['l'] === undefined ? 0 : numberIn(header['l']),
    inputs: tensorsIn(header['i'], frame.payload, shared),
  };
}

function segmentsIn(value: unknown): Segment[] {
  if (!isList(value)) throw new FrameFault('segments are no list');
  return value.map((segment) => {
    if (!isList(segment)) throw new FrameFault('a segment is no list');
    const [requestId, rows, timeLeftMs, priority, trace] = segment;
    return {
      requestId: textIn(requestId),
      rows: numberIn(rows),
      timeLeftMs: numberIn(timeLeftMs),
      priority: numberIn(priority),
      trace: textIn(trace),
    };
  });
}

/** The part of a reply that travels; who answers is known from its hello. */
export type ReplyBody = Omit<BatchReply, 'host'>;

export function encodeReply(id: number, reply: ReplyBody): Uint8Array[] {
  const header = JSON.stringify({
    q: Math.round(reply.queueUs),
    u: Math.round(reply.runUs),
    o: reply.outputs.map(({ name, datatype, shape, data }) => [
      name,
      datatype,
      shape,
      data.byteLength,
    ]),
  });
  const parts = reply.outputs.map((output) => [output.data]);
  return encodeFrame({ kind: frameKinds.reply, id, header, parts });
}

export function decodeReply(frame: IncomingFrame): ReplyBody {
  const header = objectIn(frame.header);
  return {
    queueUs: numberIn(header['q']),
    runUs: numberIn(header['u']),
    outputs: tensorsIn(header['o'], frame.payload),
  };
}

export function encodePing(id: number): Uint8Array[] {
  return encodeFrame({ kind: frameKinds.ping, id, header: '{}', parts: noParts });
}

export function encodePong(id: number): Uint8Array[] {
  return encodeFrame({ kind: frameKinds.pong, id, header: '{}', parts: noParts });
}

export function encodeUnwanted(id: number): Uint8Array[] {
  return encodeFrame({ kind: frameKinds.unwanted, id, header: '{}', parts: noParts });
}

export function encodeFailed(id: number, error: ShoalError): Uint8Array[] {
  const header = JSON.stringify({ code: error.code, message: error.message });
  return encodeFrame({ kind: frameKinds.failed, id, header, parts: noParts });
}

/** The error that was sent; a code of a later version becomes `internal`. */
export function decodeFailed(frame: IncomingFrame): ShoalError {
  const header = objectIn(frame.header);
  const code = textIn(header['code']);
  return new ShoalError(isErrorCode(code) ? code : 'internal', textIn(header['message']));
}

export function encodeRefused(id: number, reason: Refusal): Uint8Array[] {
  const header = JSON.stringify({ reason });
  return encodeFrame({ kind: frameKinds.refused, id, header, parts: noParts });
}

/** Why it was refused; a reason of a later version counts as `overloaded`: try elsewhere. */
export function decodeRefused(frame: IncomingFrame): Refusal {
  const reason = textIn(objectIn(frame.header)['reason']);
  return Object.hasOwn(refusals, reason) ? (reason as Refusal) : 'overloaded';
}

const nothing = new Uint8Array(0);

/**
 * Views of the payload, one after the other, each beginning on a multiple of 8. What lies in
 * shared memory is listed in `shared` and has no data.
 */
function tensorsIn(value: unknown, payload: Uint8Array, shared: SharedRange[] = []): Tensor[] {
  if (!isList(value)) throw new FrameFault('tensors are no list');
  let at = 0;
  return value.map((entry, input) => {
    if (!isList(entry)) throw new FrameFault('a tensor is no list');
    const [name, datatype, shape, bytes, place, file = 0] = entry;
    if (!isDatatype(datatype)) throw new FrameFault('a tensor of a datatype that is not known');
    const tensor = { name: textIn(name), datatype, shape: shapeIn(shape) };
    const length = numberIn(bytes);
    if (place !== undefined) {
      shared.push({ input, at: numberIn(place), bytes: length, file: numberIn(file) });
      return { ...tensor, data: nothing };
    }
    if (length < 0 || at + length > payload.byteLength) {
      throw new FrameFault(`tensor bytes ${at} to ${at + length} are not in the frame`);
    }
    const data = payload.subarray(at, at + length);
    at = aligned(at + length);
    return { ...tensor, data };
  });
}

function shapeIn(value: unknown): number[] {
  if (!isList(value)) throw new FrameFault('a shape is no list');
  return value.map(numberIn);
}
