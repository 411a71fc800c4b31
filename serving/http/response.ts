import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ReplyBody } from '../../protocol/exchange';

/** Buffers up to this size are sent in one piece with the headers. */
const onePieceBytes = 2048;

/** How much, and how long, of an unread body is taken in so that its sender sees the answer. */
const lingerBytes = 256 * 1024 * 1024;
const lingerMs = 2000;

export function sizeOf(body: ReplyBody): number {
  if (typeof body === 'string') return Buffer.byteLength(body);
  if (Buffer.isBuffer(body)) return body.length;
  let bytes = 0;
  for (const part of body) bytes += part.length;
  return bytes;
}

/** Sends the body after the headers of `writeHead` and ends the response. */
export function endWith(response: ServerResponse, body: ReplyBody): void {
  if (typeof body === 'string') {
    response.end(body);
    return;
  }
  if (!Buffer.isBuffer(body)) {
    sendAll(response, body);
    return;
  }
  if (body.length <= onePieceBytes) response.end(body.toString('latin1'), 'latin1');
  else response.end(body);
}

function sendAll(response: ServerResponse, parts: readonly Buffer[]): void {
  if (sizeOf(parts) <= onePieceBytes) {
    endWith(response, Buffer.concat(parts));
    return;
  }
  response.cork();
  for (const part of parts) response.write(part);
  response.end();
}

/**
 * Answers a request whose body is still on its way: the answer goes out at once, the connection
 * closes when the body has been read over or has taken too long. Closing at once would make the
 * sender's system throw the answer away.
 */
export function linger(request: IncomingMessage, response: ServerResponse, body: ReplyBody): void {
  for (const part of Array.isArray(body) ? (body as Buffer[]) : [body as string | Buffer]) {
    response.write(part);
  }
  let bytes = 0;
  const timer = setTimeout(end, lingerMs).unref();
  function end(): void {
    clearTimeout(timer);
    response.end();
  }
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > lingerBytes) end();
  });
  request.once('end', end);
  request.once('close', end);
  request.resume();
}
