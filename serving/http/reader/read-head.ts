import * as ch from './characters';
import { FramingHeaders } from './framing-headers';
import { Head } from './head';

/** Why there is no head yet, or never will be. */
export type NoHead = 'incomplete' | 'malformed' | 'too large';

/** In place of the position behind what was read. */
const incomplete = -1;
const malformed = -2;
const tooMany = -3;

/** Far more than clients and proxies send. */
const mostHeaders = 200;

const methods = new Set(['GET', 'POST', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PATCH']);

/** `HTTP/1.1` with the end of its line; the minor version may also be 0. */
const version = Buffer.from('HTTP/1.1\r\n');
const minorAt = 7;

/**
 * Reads the head that begins at `start`, by the letter of RFC 9112: nothing is repaired, so that
 * nobody in front can have read the same bytes differently. Of at most `maxBytes` bytes.
 */
export function readHead(bytes: Buffer, start: number, maxBytes: number): Head | NoHead {
  const to = Math.min(bytes.length, start + maxBytes);
  const first = bytes[start];
  // Empty lines before a request are legal; node:http knows how many.
  if (first === ch.cr || first === ch.lf) return unusualHead(bytes, start);
  const head = new Head(bytes, start);
  const framing = new FramingHeaders(head);
  let at = readRequestLine(head, framing, to);
  while (at >= 0) {
    if (bytes[at] === ch.cr) return lastLine(framing, at, to) ?? shortfall(bytes, start, maxBytes);
    at = readHeader(framing, at, to);
  }
  if (at === malformed) return 'malformed';
  return at === tooMany ? 'too large' : shortfall(bytes, start, maxBytes);
}

function unusualHead(bytes: Buffer, start: number): Head {
  const head = new Head(bytes, start);
  head.unusual = true;
  head.end = start;
  return head;
}

function shortfall(bytes: Buffer, start: number, maxBytes: number): NoHead {
  return bytes.length - start >= maxBytes ? 'too large' : 'incomplete';
}

/** The empty line at `at`; undefined where it has not come in full. */
function lastLine(framing: FramingHeaders, at: number, to: number): Head | 'malformed' | undefined {
  const { head } = framing;
  if (at + 1 >= to) return undefined;
  if (head.bytes[at + 1] !== ch.lf) return 'malformed';
  head.end = at + 2;
  return framing.settle() ? head : 'malformed';
}

function readRequestLine(head: Head, framing: FramingHeaders, to: number): number {
  const { bytes } = head;
  const methodEnd = skip(ch.tokenBytes, bytes, head.start, to);
  if (methodEnd === to) return incomplete;
  if (bytes[methodEnd] !== ch.space || methodEnd === head.start) return malformed;
  head.method = bytes.toString('latin1', head.start, methodEnd);
  const from = methodEnd + 1;
  const plainEnd = skip(ch.plainTargetBytes, bytes, from, to);
  const end = skip(ch.targetBytes, bytes, plainEnd, to);
  if (end === to) return incomplete;
  if (bytes[end] !== ch.space || end === from) return malformed;
  head.target = bytes.toString('latin1', from, end);
  if (end !== plainEnd || bytes[from] !== ch.slash || !methods.has(head.method)) {
    head.unusual = true;
  }
  return readVersion(framing, end + 1, to);
}

function readVersion(framing: FramingHeaders, from: number, to: number): number {
  const { bytes } = framing.head;
  for (let n = 0; n < version.length; n += 1) {
    if (from + n >= to) return incomplete;
    if (bytes[from + n] === version[n]) continue;
    if (n !== minorAt || bytes[from + n] !== 0x30) return malformed;
    framing.old = true;
  }
  return from + version.length;
}

/** Reads `name: value` and the end of its line. */
function readHeader(framing: FramingHeaders, from: number, to: number): number {
  const { bytes, marks } = framing.head;
  const nameEnd = skip(ch.tokenBytes, bytes, from, to);
  if (nameEnd === to) return incomplete;
  if (bytes[nameEnd] !== ch.colon || nameEnd === from) return malformed;
  const begin = skip(ch.blankBytes, bytes, nameEnd + 1, to);
  const end = skip(ch.valueBytes, bytes, begin, to);
  const next = endOfLine(bytes, end, to);
  if (next < 0) return next;
  if (marks.length >= mostHeaders * 4) return tooMany;
  marks.push(from, nameEnd, begin, withoutBlanks(bytes, begin, end));
  return framing.take(marks.length - 4) ? next : malformed;
}

/** The position behind the line break at `at`. */
function endOfLine(bytes: Buffer, at: number, to: number): number {
  if (at === to) return incomplete;
  if (bytes[at] !== ch.cr) return malformed;
  if (at + 1 === to) return incomplete;
  return bytes[at + 1] === ch.lf ? at + 2 : malformed;
}

/** Where a value ends without the blanks behind it. */
function withoutBlanks(bytes: Buffer, begin: number, lineEnd: number): number {
  let end = lineEnd;
  while (end > begin && ch.blankBytes[bytes[end - 1] as number] === 1) end -= 1;
  return end;
}

/** The first position from `at` whose byte is not in the table, or `to`. */
function skip(table: Uint8Array, bytes: Buffer, at: number, to: number): number {
  let end = at;
  while (end < to && table[bytes[end] as number] === 1) end += 1;
  return end;
}
