import { connect, type Socket } from 'node:net';

/** One answer as it came over the wire. */
export interface StrictAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
}

/** The connection broke before the answer was whole. */
export class BrokenConnection extends Error {
  /**
   * True where it had carried an answer before and no byte of this one had come: its server may
   * have closed it as idle, while the request was on its way.
   */
  readonly reused: boolean;
  /** Of the system's error, such as ECONNREFUSED; '' where it just ended. */
  readonly code: string;

  constructor(reused: boolean, code: string) {
    super(`the connection broke before the answer${code === '' ? '' : `: ${code}`}`);
    this.reused = reused;
    this.code = code;
  }
}

/**
 * One kept HTTP connection on which every byte is accounted for: what comes when nothing was asked,
 * or beyond an answer's end, is an answer given twice, and the next request says so.
 */
export interface StrictCaller {
  get(path: string): Promise<StrictAnswer>;
  post(path: string, body: string): Promise<StrictAnswer>;
  close(): void;
}

interface Waiting {
  readonly resolve: (answer: StrictAnswer) => void;
  readonly reject: (error: Error) => void;
}

export function createStrictCaller(port: number): StrictCaller {
  let socket: Socket | undefined;
  let got = Buffer.alloc(0);
  let waiting: Waiting | undefined;
  let excess = '';

  const settle = (how: (one: Waiting) => void): void => {
    const one = waiting;
    waiting = undefined;
    if (one !== undefined) how(one);
  };
  const open = (): Socket => {
    const opened = connect(port, '127.0.0.1').setNoDelay(true);
    let [answered, code] = [false, ''];
    got = Buffer.alloc(0);
    opened.on('data', (chunk) => {
      got = Buffer.concat([got, chunk]);
      if (waiting === undefined) excess += got.toString();
      const answer = waiting === undefined ? undefined : take();
      if (answer === undefined) return;
      answered = true;
      settle(({ resolve }) => {
        resolve(answer);
      });
    });
    opened.on('error', (error: NodeJS.ErrnoException) => (code = error.code ?? ''));
    opened.on('close', () => {
      if (socket === opened) socket = undefined;
      settle(({ reject }) => {
        reject(new BrokenConnection(answered && got.byteLength === 0, code));
      });
    });
    return opened;
  };
  const take = (): StrictAnswer | undefined => {
    const end = got.indexOf('\r\n\r\n');
    if (end < 0) return undefined;
    const [first = '', ...lines] = got.toString('latin1', 0, end).split('\r\n');
    const headers = new Map(
      lines.map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
    );
    const bodyEnd = end + 4 + Number(headers.get('content-length'));
    if (!(got.byteLength >= bodyEnd)) return undefined;
    const text = got.toString('utf8', end + 4, bodyEnd);
    excess += got.toString('utf8', bodyEnd);
    got = Buffer.alloc(0);
    return { status: Number(first.split(' ')[1]), headers, text };
  };
  const send = (request: string): Promise<StrictAnswer> => {
    if (excess !== '') return Promise.reject(new Error(`answered twice: ${excess}`));
    socket ??= open();
    socket.write(request);
    return new Promise((resolve, reject) => {
      waiting = { resolve, reject };
    });
  };
  return {
    get: (path) => send(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n`),
    post: (path, body) =>
      send(
        `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\n` +
          `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      ),
    close: () => socket?.destroy(),
  };
}
