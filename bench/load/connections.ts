import { connect, type Socket } from 'node:net';
import { createAnswerReader, type Answer } from './answer-reader';

/** Connections that each carry one request at a time. */
export interface Connections {
  /** Sends the bytes as soon as a connection is free; tells the answer, of status 0 if it broke. */
  send(onAnswer: OnAnswer): void;
  close(): void;
}

type OnAnswer = (answer: Answer) => void;

const none: Answer = { status: 0, isDefault: false };

/** A connection that broke is opened anew after so long. */
const againMs = 50;

/** All of them to one port of this machine, all with the same request. */
export function openConnections(
  port: number,
  { count, bytes }: { readonly count: number; readonly bytes: Buffer },
): Connections {
  const free = new Set<Socket>();
  const waiting: OnAnswer[] = [];
  const sockets = new Set<Socket>();
  let closed = false;

  const start = (): void => {
    if (closed) return;
    const socket = openConnection(port, {
      onFree: () => {
        const next = waiting.shift();
        if (next === undefined) free.add(socket);
        else ask(socket, bytes, next);
      },
      onClose: () => {
        sockets.delete(socket);
        free.delete(socket);
        setTimeout(start, againMs);
      },
    });
    sockets.add(socket);
  };
  for (let index = 0; index < count; index += 1) start();

  return {
    send: (onAnswer) => {
      const [socket] = free;
      if (socket === undefined || !free.delete(socket)) waiting.push(onAnswer);
      else ask(socket, bytes, onAnswer);
    },
    close: () => {
      closed = true;
      for (const socket of sockets) socket.destroy();
    },
  };
}

function ask(socket: Socket, bytes: Buffer, onAnswer: OnAnswer): void {
  socket.once('answer', onAnswer);
  socket.write(bytes);
}

/** A connection that emits 'answer' with each, one of status 0 when it ends. */
function openConnection(
  port: number,
  { onFree, onClose }: { readonly onFree: () => void; readonly onClose: () => void },
): Socket {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const reader = createAnswerReader();
  socket.once('connect', onFree);
  socket.on('data', (piece: Buffer) => {
    const answer = reader.read(piece);
    if (answer === undefined) return;
    socket.emit('answer', answer);
    onFree();
  });
  socket.on('error', () => undefined);
  socket.once('close', () => {
    socket.emit('answer', none);
    onClose();
  });
  return socket;
}
