import type { Socket } from 'node:net';
import { frameKinds } from '../../../protocol/link/frame';
import { createFrameReader } from '../../../protocol/link/frame-reader';
import { ShoalError } from '../../../core/errors';
import { encodeFailed, encodeHello, encodeRefused } from '../../../protocol/link/frames';

/** A runner that takes no batch. */
export function busyRunner(socket: Socket): void {
  answerEach(socket, (id) => encodeRefused(id, 'overloaded'));
}

/** A runner that fails by itself at each batch. */
export function failingRunner(socket: Socket): void {
  answerEach(socket, (id) => encodeFailed(id, new ShoalError('internal', 'it always fails')));
}

function answerEach(
  socket: Socket,
  answer: (id: number) => ReturnType<typeof encodeRefused>,
): void {
  const reader = createFrameReader(1e9, (frame) => {
    if (frame.kind === frameKinds.hello) {
      socket.write(
        Buffer.concat(encodeHello({ host: 'busy', runner: 'busy', secret: '', shared: '' })),
      );
    } else if (frame.kind === frameKinds.infer) {
      socket.write(Buffer.concat(answer(frame.id)));
    }
  });
  socket.on('data', (chunk) => {
    reader.read(chunk);
  });
}

const body = '{"error":"busy","code":"overloaded"}';

/** A modelhost that takes no batch: each request is small enough to come in one piece. */
export function busyHost(socket: Socket): void {
  socket.on('data', () => {
    socket.end(
      'HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\nconnection: close\r\n' +
        `content-length: ${body.length}\r\n\r\n${body}`,
    );
  });
}
