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

const sockets = new Set<Socket>();

/** A connection to loopback. End it with `closeRaw` in afterEach. */
export function openRaw(port: number): RawConnection {
  const socket = connect(port, '127.0.0.1');
  sockets.add(socket);
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

/** Breaks off all connections that are open. */
export function closeRaw(): void {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
}

/** A POST of `/echo` with these lines of header. */
export function rawPost(headers: string, body = ''): string {
  return `POST /echo HTTP/1.1\r\nHost: x\r\n${headers}\r\n\r\n${body}`;
}

/** The JSON body of the first answer in `text`. */
export function jsonOf(text: string): unknown {
  return JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4));
}
