import { connect, type Socket } from 'node:net';

/** One answer as it came over the wire. */
export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/**
 * A connection for requests of any bytes. What has come is read as answers with a Content-Length,
 * those that have no body by their status included; anything else is an error.
 */
export interface HttpConnection {
  /** False once either side has ended it, or said that it will. */
  readonly open: boolean;
  /** Sends a request; resolves with its answer, or undefined where the connection ends before. */
  ask(request: Buffer): Promise<HttpAnswer | undefined>;
  /** Sends bytes and ends; resolves with the answers that came until the other side ended too. */
  last(bytes: Buffer): Promise<readonly HttpAnswer[]>;
  close(): void;
}

export function openHttp(port: number): HttpConnection {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).setNoDelay(true);
  let got: Buffer = Buffer.alloc(0);
  let fault: Error | undefined;
  let closing = false;
  let notify: () => void = () => undefined;
  socket.on('data', (chunk) => {
    got = Buffer.concat([got, chunk]);
    notify();
  });
  socket.on('end', () => {
    socket.end();
    notify();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    notify();
  });
  const take = (): HttpAnswer | undefined => {
    const read = firstAnswer(got);
    got = got.subarray(read?.bytes ?? 0);
    closing ||= read?.answer.headers.get('connection') === 'close';
    return read?.answer;
  };
  const until = <Value>(look: () => Value | undefined): Promise<Value | undefined> =>
    new Promise((resolve, reject) => {
      notify = () => {
        try {
          const value = look();
          if (value !== undefined || ended(socket)) resolve(value);
        } catch (error) {
          fault = error as Error;
          reject(fault);
        }
      };
      notify();
    });
  return {
    get open() {
      return fault === undefined && !closing && !ended(socket) && got.length === 0;
    },
    ask(request) {
      socket.write(request);
      return until(take);
    },
    async last(bytes) {
      socket.end(bytes);
      await until(() => undefined);
      const answers: HttpAnswer[] = [];
      for (let next = take(); next !== undefined; next = take()) answers.push(next);
      socket.destroy();
      return answers;
    },
    close: () => socket.destroy(),
  };
}

function ended(socket: Socket): boolean {
  return socket.destroyed || socket.readableEnded;
}

/** The answer at the beginning of `bytes` and its length; undefined where it is not whole. */
function firstAnswer(bytes: Buffer): { answer: HttpAnswer; bytes: number } | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1]);
  if (Number.isNaN(status)) throw new Error(`no HTTP answer: ${first}`);
  const headers = new Map(lines.map(headerOf));
  const length = status < 200 || status === 204 ? 0 : Number(headers.get('content-length'));
  if (Number.isNaN(length)) throw new Error(`an answer without Content-Length: ${first}`);
  const from = end + 4;
  if (bytes.length < from + length) return undefined;
  const body = bytes.subarray(from, from + length);
  return { answer: { status, headers, body }, bytes: from + length };
}

function headerOf(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}
