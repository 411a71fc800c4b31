import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { errorBody } from '../../core/envelope';
import { errorTable, ShoalError, type ErrorCode } from '../../core/errors';
import type { LoggedRequest } from './access-log';
import { emptyNotes } from './notes';

const known: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  HPE_HEADER_OVERFLOW: [
    'headers_too_large',
    'The request line and headers are over the limit of this server.',
  ],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['too_large', 'The chunk extensions are over their limit.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['body_timeout', 'The request did not arrive in time.'],
};

/** What a client is told of bytes that are no HTTP request. */
export function faultOf(error: NodeJS.ErrnoException): ShoalError {
  const [code, message] = known[error.code ?? ''] ?? [
    'malformed_body',
    'What came is not an HTTP/1.1 request.',
  ];
  return new ShoalError(code, message);
}

/** How long the sender of a broken request may go on sending while it reads the answer. */
const lingerMs = 1000;

/** Answers on the bare socket, where there is no request object, and closes it. */
export function answerRaw(socket: Socket, fault: ShoalError, requestId: string): number {
  const { status } = errorTable[fault.code];
  const body = JSON.stringify(errorBody(fault));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${requestId}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  const destroy = (): void => {
    socket.destroy();
  };
  const timer = setTimeout(destroy, lingerMs);
  socket.once('end', destroy);
  socket.once('close', () => {
    clearTimeout(timer);
  });
  return status;
}

/** Such a request, for log and metrics. */
export function unreadable(requestId: string, socket: Socket, fault: ShoalError): LoggedRequest {
  const notes = { ...emptyNotes(), errorCode: fault.code };
  const peer = socket.remoteAddress ?? '';
  return { requestId, method: '', path: '', peer, notes, header: () => undefined };
}
