import type { Socket } from 'node:net';
import type { ReplyBody } from '../../../protocol/exchange';

/** Buffers up to this size are sent in one piece with the head. */
const onePieceBytes = 4096;

/**
 * Sends head and body, in one system call where that is cheaper: short answers as one string,
 * which goes to the socket without a buffer of its own. `bytes` is the size of the body.
 */
export function writeAnswer(socket: Socket, head: string, body: ReplyBody, bytes: number): void {
  if (bytes === 0) {
    socket.write(head, 'latin1');
    return;
  }
  if (typeof body === 'string') {
    // As many bytes as characters: all of them ASCII.
    if (bytes === body.length) socket.write(head + body, 'latin1');
    else writeParts(socket, head, [Buffer.from(body)]);
    return;
  }
  const parts = Buffer.isBuffer(body) ? [body] : body;
  if (bytes > onePieceBytes) {
    writeParts(socket, head, parts);
    return;
  }
  let text = head;
  for (const part of parts) text += part.toString('latin1');
  socket.write(text, 'latin1');
}

function writeParts(socket: Socket, head: string, parts: readonly Buffer[]): void {
  socket.cork();
  socket.write(head, 'latin1');
  for (const part of parts) socket.write(part);
  socket.uncork();
}
