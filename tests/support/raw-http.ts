import { connect, type Socket } from 'node:net';

/** A bare connection on which anything can be sent, and what came back. */
export interface RawConnection {
  readonly socket: Socket;
  send(bytes: string | Buffer): void;
  /** Resolves with all that has come once `pattern` is in it; rejects if it closes before that. */
  until(pattern: RegExp): Promise<string>;
  /** Resolves with all that has come when the other side has closed. */
  closed(): Promise<string>;
}

export function openRaw(port: number): RawConnection {
  const socket = connect(port, '127.0.0.1');
  socket.setNoDelay(true);
  let got = '';
  const looks = new Set<() => void>();
  const look = (): void => {
    for (const one of looks) one();
  };
  socket.on('data', (chunk) => {
    got += chunk.toString('latin1');
    look();
  });
  socket.on('close', look);
  socket.on('error', () => undefined);
  const wait = (done: () => boolean, strict: boolean): Promise<string> =>
    new Promise((resolve, reject) => {
      const one = (): void => {
        if (done()) resolve(got);
        else if (strict && socket.destroyed) reject(new Error(`closed after: ${got}`));
        else return;
        looks.delete(one);
      };
      looks.add(one);
      one();
    });
  return {
    socket,
    send: (bytes) => socket.write(bytes),
    until: (pattern) => wait(() => pattern.test(got), true),
    closed: () => wait(() => socket.destroyed || socket.readableEnded, false),
  };
}

/** The JSON body of the first answer in `text`. */
export function jsonOf(text: string): unknown {
  return JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4));
}
