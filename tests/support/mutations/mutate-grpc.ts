import { pick, type Dice } from '../faults/dice';
import { endHeaders, endStream, frame } from '../http2-wire';
import { encodeFields } from '../../../serving/http2/hpack/encode-fields';
import { bodyOf, framesOf, headersFrame, type GrpcRequest } from './grpc-request';
import { changedBytes } from './mutate-bytes';
import { changedMessage } from './mutate-protobuf';

/** A call with something wrong, or not, with it. */
export interface GrpcMutant {
  readonly bytes: Buffer;
  /**
   * `answered`: it ends, so that something has to come for it; `open`: it does not, and is given up
   * by its caller; `unframed`: where its frames end may not be clear.
   */
  readonly kind: 'answered' | 'open' | 'unframed';
}

type Change = (dice: Dice, id: number, request: GrpcRequest) => GrpcMutant;

export function grpcMutantOf(dice: Dice, id: number, request: GrpcRequest): GrpcMutant {
  return pick(dice, changes)(dice, id, request);
}

const answered = (bytes: Buffer): GrpcMutant => ({ bytes, kind: 'answered' });

const withMessage: Change = (dice, id, request) =>
  answered(framesOf(id, withChanged(dice, request, changedMessage)));

const changes: readonly Change[] = [
  withMessage,
  withMessage,
  withMessage,
  (dice, id, request) => answered(framesOf(id, withChanged(dice, request, changedBytes))),
  (dice, id, request) => answered(framesOf(id, request, withPrefix(dice, bodyOf(request)))),
  (dice, id, request) => answered(framesOf(id, request, changedBytes(dice, bodyOf(request)))),
  (dice, id, request) => answered(framesOf(id, withHeader(dice, request))),
  (dice, id, request) => answered(framesOf(id, { ...request, path: otherPath(dice, request) })),
  (dice, id, request) => answered(inParts(dice, id, request)),
  (dice, id, request) => answered(withTrailers(dice, id, request)),
  (dice, id, request) => answered(withHeadBytes(dice, id, request)),
  (dice, id, request) => ({ bytes: withoutEnd(dice, id, request), kind: 'open' }),
  (dice, id, request) => ({ bytes: changedBytes(dice, framesOf(id, request)), kind: 'unframed' }),
  (dice, id, request) => ({ bytes: withOddFrame(dice, id, request), kind: 'unframed' }),
];

function withChanged(
  dice: Dice,
  request: GrpcRequest,
  change: (dice: Dice, message: Buffer) => Buffer,
): GrpcRequest {
  const at = Math.floor(dice() * request.messages.length);
  const messages = request.messages.map((one, n) => (n === at ? change(dice, one) : one));
  return { ...request, messages };
}

/** Another flag or another length in front of the first message. */
function withPrefix(dice: Dice, body: Buffer): Buffer {
  const changed = Buffer.from(body);
  if (dice() < 0.5) changed[0] = pick(dice, [1, 2, 0x80, 0xff]);
  else changed.writeUInt32BE(pick(dice, [0, 1, body.length, 2 ** 31, 2 ** 32 - 1, 2 ** 26]), 1);
  return changed;
}

const odd: Readonly<Record<string, readonly string[]>> = {
  'grpc-timeout': ['0n', '1u', '99999999H', '123456789S', 'x', '-1S', '5', '1.5S', ''],
  'grpc-encoding': ['br', 'gzip', 'deflate', 'identity', 'gzip,gzip', '', 'x'.repeat(200)],
  'grpc-accept-encoding': ['br', ',,,', 'gzip;q=2', ''],
  'content-type': ['text/plain', 'application/grpc+json', 'application/json', ''],
  'content-length': ['0', '1', '99999999999', '-1', 'x'],
  'shoal-timeout-ms': ['0', '-1', 'x', '1', '999999999999'],
  'shoal-host': ['h1', 'nowhere'],
  'shoal-edge': ['1'],
  'x-request-id': ['a'.repeat(500), '"', 'ü'],
  triton_grpc_error: ['true', 'false', 'x'],
  authorization: ['Bearer', 'Bearer x', 'Basic !'],
  traceparent: ['00-0-0-0', 'ff-'.repeat(30)],
  te: ['gzip', ''],
  connection: ['close'],
  'transfer-encoding': ['chunked'],
  Upper: ['x'],
  'bin-bin': ['====', '!'],
  'x-long': ['x'.repeat(30_000)],
  ':path': ['/x'],
  ':odd': ['x'],
};

function withHeader(dice: Dice, request: GrpcRequest): GrpcRequest {
  const name = pick(dice, Object.keys(odd));
  return { ...request, headers: [...request.headers, [name, pick(dice, odd[name] ?? [])]] };
}

function otherPath(dice: Dice, { path }: GrpcRequest): string {
  const pieces = ['', '/', '%', '%00', '?x=1', '//', 'x', 'é', '..', '#'];
  const at = Math.floor(dice() * (path.length + 1));
  const changed = path.slice(0, at) + pick(dice, pieces) + path.slice(at + Math.floor(dice() * 3));
  return Buffer.from(changed).toString('latin1');
}

/** The same call in several frames, with others between them that mean nothing. */
function inParts(dice: Dice, id: number, request: GrpcRequest): Buffer {
  const body = bodyOf(request);
  const frames = [headersFrame(id, request)];
  let at = 0;
  while (at < body.length) {
    const size = 1 + Math.floor(dice() * body.length);
    const part = body.subarray(at, at + size);
    frames.push(dice() < 0.3 ? padded(id, part) : frame('data', id, part));
    if (dice() < 0.5) frames.push(pick(dice, harmless)(id));
    at += size;
  }
  return Buffer.concat([...frames, frame('data', id, '', endStream)]);
}

function padded(id: number, part: Buffer): Buffer {
  const padding = Buffer.alloc(3);
  return frame('data', id, Buffer.concat([Buffer.from([padding.length]), part, padding]), 0x8);
}

const harmless: readonly ((id: number) => Buffer)[] = [
  () => frame('settings', 0),
  () => frame('settings', 0, 'f000 00000001'),
  (id) => frame('priority', id, '00000000 10'),
  (id) => frame(0x42, id, 'abcdef', 0xff),
  (id) => frame('data', id),
  (id) => frame('windowUpdate', id, [1]),
];

function withTrailers(dice: Dice, id: number, request: GrpcRequest): Buffer {
  const fields = pick<[string, string]>(dice, [
    ['x-after', '1'],
    [':path', '/'],
    ['Upper', 'x'],
    ['connection', 'close'],
  ]);
  const flags = endHeaders | (dice() < 0.8 ? endStream : 0);
  const trailers = frame('headers', id, encodeFields([fields]), flags);
  return Buffer.concat([headersFrame(id, request), frame('data', id, bodyOf(request)), trailers]);
}

/** The header block is any bytes, its frame is one. */
function withHeadBytes(dice: Dice, id: number, request: GrpcRequest): Buffer {
  const block = changedBytes(dice, headersFrame(id, request).subarray(9));
  const head = frame('headers', id, block, endHeaders);
  return Buffer.concat([head, frame('data', id, bodyOf(request), endStream)]);
}

function withoutEnd(dice: Dice, id: number, request: GrpcRequest): Buffer {
  const body = bodyOf(request);
  const part = body.subarray(0, Math.floor(dice() * (body.length + 1)));
  return Buffer.concat([headersFrame(id, request), frame('data', id, part)]);
}

const oddFrames: readonly ((id: number, body: Buffer) => Buffer)[] = [
  () => frame('windowUpdate', 0, [0]),
  (id) => frame('windowUpdate', id, [2 ** 31 - 1]),
  (id) => frame('rstStream', id + 100, [8]),
  (id) => frame('rstStream', id, [8, 8]),
  (id) => frame('settings', id),
  () => frame('settings', 0, '0002 00000007'),
  () => frame('settings', 0, '0004 ffffffff'),
  () => frame('settings', 0, '00'),
  () => frame('ping', 0, '00'),
  (id) => frame('ping', id, '0000000000000000'),
  (id) => frame('pushPromise', id, '00000002'),
  (id) => frame('continuation', id, '82'),
  (id, body) => frame('data', 0, body, id & 1),
  (id, body) => frame('data', id + 2, body),
  (id, body) => frame('data', id, body, 0x8),
  () => frame('goaway', 0, [0, 0]),
  () => frame('goaway', 0, '00'),
  (id) => frame('headers', id, '82', 0),
  (id) => frame('headers', id + 1, '82', endHeaders),
  (id) => frame('headers', id, '', 0x8 | endHeaders),
  (id) => frame('priority', id, [id, 0]),
  () => frame('data', 1, Buffer.alloc(17_000)),
];

function withOddFrame(dice: Dice, id: number, request: GrpcRequest): Buffer {
  const call = framesOf(id, request);
  const more = pick(dice, oddFrames)(id, bodyOf(request));
  const between = headersFrame(id, request).length;
  const at = pick(dice, [0, between, call.length]);
  return Buffer.concat([call.subarray(0, at), more, call.subarray(at)]);
}
