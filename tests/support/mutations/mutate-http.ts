import { pick, type Dice } from '../faults/dice';
import { bytesOf, type HttpRequest } from './http-request';
import { changedBytes } from './mutate-bytes';
import { changedJson } from './mutate-json';

/** A request with something wrong, or not, with it. */
export interface Mutant {
  readonly bytes: Buffer;
  /** Where the request ends is still what it says: the connection goes on with its answer. */
  readonly framed: boolean;
}

export function mutantOf(dice: Dice, request: HttpRequest): Mutant {
  return pick(dice, changes)(dice, request);
}

type Change = (dice: Dice, request: HttpRequest) => Mutant;

const framed = (request: HttpRequest): Mutant => ({ bytes: bytesOf(request), framed: true });

const changes: readonly Change[] = [
  (dice, request) => framed({ ...request, body: changedBytes(dice, request.body) }),
  (dice, request) => framed({ ...request, body: withChangedJson(dice, request) }),
  (dice, request) => framed({ ...request, body: withChangedJson(dice, request) }),
  (dice, request) => framed({ ...request, headers: changedHeaders(dice, request) }),
  (dice, request) => framed({ ...request, target: changedTarget(dice, request.target) }),
  (dice, request) => framed({ ...request, method: pick(dice, methods) }),
  (dice, request) => ({ bytes: bytesOf(request, otherLength(dice, request)), framed: false }),
  (dice, request) => ({ bytes: withChangedHead(dice, request), framed: false }),
  (dice, request) => ({ bytes: cut(dice, bytesOf(request)), framed: false }),
];

/** No DELETE, no PUT: what follows needs the models. */
const methods = ['GET', 'POST', 'OPTIONS', 'PATCH', 'TRACE', 'QUERY'];

const json = 'application/json';

/** The JSON in front of binary tensors too, whose length stays what it was or is corrected. */
function withChangedJson(dice: Dice, { headers, body }: HttpRequest): Buffer {
  const said = (field: string): string | undefined => headers.find(([name]) => name === field)?.[1];
  const plain = said('Content-Encoding') === undefined && body.length > 0;
  if (!plain || !(said('Content-Type') ?? json).startsWith(json)) return changedBytes(dice, body);
  const length = Number(said('inference-header-content-length') ?? body.length);
  let text = changedJson(dice, body.toString('utf8', 0, length));
  if (length < body.length && dice() < 0.7) text = text.padEnd(length).slice(0, length);
  return Buffer.concat([Buffer.from(text), body.subarray(length)]);
}

const odd: Readonly<Record<string, readonly string[]>> = {
  'inference-header-content-length': ['-1', '0', 'abc', '99999999999', '1e3', '12 ', '4294967296'],
  'Content-Encoding': ['br', 'deflate', 'gzip', 'gzip, gzip', 'identity', 'x'],
  'Content-Type': ['text/plain', 'image/png', 'multipart/form-data; boundary=x', '/', 'text/csv'],
  'Accept-Encoding': ['gzip;q=2', '*', 'gzip;q=', ',,,', 'br;q=1, deflate;q=0.5'],
  'shoal-timeout-ms': ['0', '-1', 'x', '1', '999999999999', '1.5'],
  'shoal-generation': ['1', '-1', 'x'],
  'shoal-host': ['h1', 'nowhere'],
  'shoal-segments': ['{}', '[]', 'x'],
  traceparent: ['00-0-0-0', 'ff-'.repeat(30)],
  'x-request-id': ['a'.repeat(500), '\t', '"'],
  Authorization: ['Bearer', 'Bearer x', 'Basic !'],
  Accept: ['text/html;q=0', '*/*', 'application/x-npy'],
  'If-None-Match': ['*'],
  Range: ['bytes=0-1'],
};

function changedHeaders(dice: Dice, { headers }: HttpRequest): HttpRequest['headers'] {
  const name = pick(dice, Object.keys(odd));
  const rest = headers.filter(([other]) => other.toLowerCase() !== name.toLowerCase());
  return [...rest, [name, pick(dice, odd[name] ?? [])]];
}

function changedTarget(dice: Dice, target: string): string {
  const pieces = [
    '%',
    '%00',
    '%2f',
    '//',
    '/../',
    '?',
    ';',
    ':',
    'é',
    '/versions/9',
    '.onnx',
    '%c3',
  ];
  const at = 1 + Math.floor(dice() * target.length);
  const cutOff = Math.floor(dice() * 4);
  const changed = target.slice(0, at) + pick(dice, pieces) + target.slice(at + cutOff);
  return Buffer.from(changed).toString('latin1');
}

function otherLength(dice: Dice, { body }: HttpRequest): number {
  return Math.max(0, body.length + Math.floor((dice() - 0.5) * 2 * (body.length + 20)));
}

/** Everything up to the empty line may change, the line itself included. */
function withChangedHead(dice: Dice, request: HttpRequest): Buffer {
  const head = bytesOf({ ...request, body: Buffer.alloc(0) }, request.body.length);
  return Buffer.concat([changedBytes(dice, head), request.body]);
}

function cut(dice: Dice, bytes: Buffer): Buffer {
  return bytes.subarray(0, Math.floor(dice() * bytes.length));
}
