import { connect, type ClientHttp2Session, type IncomingHttpHeaders } from 'node:http2';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { BodyAllowance } from '../../serving/http/body-allowance';
import { encodeFields } from '../../serving/http2/hpack/encode-fields';
import {
  createHttp2Server,
  type Http2Server,
  type Http2ServerParts,
} from '../../serving/http2/http2-server';
import type { Http2Stream } from '../../serving/http2/stream';

const servers = new Set<{ server: Http2Server; listener: Server }>();
const sessions = new Set<ClientHttp2Session>();

export interface TestHttp2Server {
  readonly port: number;
  readonly server: Http2Server;
  /** What the handler was called with. */
  readonly handled: Http2Stream[];
  /** Those that have ended. */
  readonly closed: Http2Stream[];
  readonly faults: unknown[];
  /** Reasons for which connections were ended. */
  readonly refusals: string[];
}

/** A server on loopback. End it with `closeHttp2` in afterEach. */
export async function startHttp2(
  parts: Partial<Http2ServerParts> & Pick<Http2ServerParts, 'handle'>,
): Promise<TestHttp2Server> {
  const told = { handled: [], closed: [], faults: [], refusals: [] } as {
    handled: Http2Stream[];
    closed: Http2Stream[];
    faults: unknown[];
    refusals: string[];
  };
  const server = createHttp2Server({
    allowance: new BodyAllowance(1024 ** 3),
    ...parts,
    handle(stream) {
      told.handled.push(stream);
      return parts.handle(stream);
    },
    closed: (stream) => told.closed.push(stream),
    faulted: (error) => told.faults.push(error),
    refused: ({ reason }) => told.refusals.push(reason),
  });
  const listener = createServer({ allowHalfOpen: true }, (socket) => {
    server.accept(socket);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  servers.add({ server, listener });
  return { ...told, server, port: (listener.address() as AddressInfo).port };
}

/** Node's own client. */
export function openHttp2(port: number): ClientHttp2Session {
  const session = connect(`http://127.0.0.1:${port}`);
  session.on('error', () => undefined);
  sessions.add(session);
  return session;
}

export function closeHttp2(): void {
  for (const session of sessions) session.destroy();
  for (const { server, listener } of servers) {
    server.close();
    listener.close();
  }
  sessions.clear();
  servers.clear();
}

export interface Answer {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly trailers: IncomingHttpHeaders;
  /** The code of the RST_STREAM frame, 0 if there was none. */
  readonly resetBy: number;
}

/** One request by Node's client; resolves however it ends. */
export function askHttp2(
  session: ClientHttp2Session,
  path: string,
  body: Buffer | string = '',
  headers: Record<string, string | string[]> = {},
): Promise<Answer> {
  return new Promise((resolve) => {
    const stream = session.request({ ':path': path, ':method': 'POST', ...headers });
    const parts: Buffer[] = [];
    let got: IncomingHttpHeaders = {};
    let trailers: IncomingHttpHeaders = {};
    stream.on('response', (came) => (got = came));
    stream.on('trailers', (came: IncomingHttpHeaders) => (trailers = came));
    stream.on('data', (part: Buffer) => parts.push(part));
    stream.on('error', () => undefined);
    stream.on('close', () => {
      resolve({ headers: got, body: Buffer.concat(parts), trailers, resetBy: stream.rstCode });
    });
    stream.end(body);
  });
}

export const okHeaders = encodeFields([
  [':status', '200'],
  ['content-type', 'application/octet-stream'],
]);

export const okTrailers = encodeFields([['outcome', 'fine']]);

/** Answers with what came. */
export async function echo(stream: Http2Stream): Promise<void> {
  const body = stream.bytes() ?? (await stream.whole(100_000_000));
  stream.reply(okHeaders, body, okTrailers);
}
