import type { GrpcMethod } from '../../protocol/grpc/call';
import { prefixBytes } from '../../protocol/grpc/wire/wire-writer';
import { closeListener } from '../http/close-listener';
import { listen, type Listening } from '../http/listen';
import { createRequestIds } from '../http/request-id';
import type { HttpSettings } from '../http/settings';
import { createHttp2Server, type Http2Server } from '../http2/http2-server';
import type { Http2Stream } from '../http2/stream';
import { httpBlock } from './answer-blocks';
import { createHeadReader, type CallHead } from './call-head';
import { createGrpcListener } from './grpc-listener';
import { http2LimitsOf } from './http2-limits';
import { ServerCall } from './server-call';
import type { GrpcSettings } from './settings';
import { Site, type SiteParts } from './site';
import { serveStream, StreamCall } from './stream-call';
import { serveUnary } from './unary-call';

export interface GrpcServerParts extends SiteParts {
  readonly settings: HttpSettings & GrpcSettings;
  readonly methods: ReadonlyMap<string, GrpcMethod>;
}

/** The gRPC server of a service. It stops in the order stopAccepting, drain, close. */
export interface GrpcServer {
  /**
   * Rejects with a SettingsError that names the setting to change. Resolves with undefined where no
   * gRPC is wanted.
   */
  listen(): Promise<Listening | undefined>;
  /** Takes no connections but those that are there, and has those begin nothing new. */
  stopAccepting(): Promise<void>;
  /** Waits until every call is answered, at most so many milliseconds. */
  drain(deadlineMs: number): Promise<void>;
  /** Cuts off what is left. */
  close(): void;
  /** How many connections are open. */
  connections(): number;
}

const noServer: GrpcServer = {
  listen: () => Promise.resolve(undefined),
  stopAccepting: () => Promise.resolve(),
  drain: () => Promise.resolve(),
  close: () => undefined,
  connections: () => 0,
};

export function createGrpcServer(parts: GrpcServerParts): GrpcServer {
  const port = parts.settings.GRPC_PORT;
  return typeof port === 'number' ? createServer(parts, port) : noServer;
}

function createServer(parts: GrpcServerParts, port: number): GrpcServer {
  const { settings } = parts;
  const limits = {
    maxMessageBytes: settings.GRPC_MAX_MESSAGE_BYTES,
    messageMs: settings.BODY_TIMEOUT_MS,
  };
  const site = new Site(parts, limits, createRequestIds());
  const streams = new Set<StreamCall>();
  const http2 = createTransport(parts, site, streams);
  const listener = createGrpcListener(settings, (socket) => {
    http2.accept(socket);
  });
  return {
    listen: () => listen(listener, { ...settings, PORT: port, BASE_PATH: '' }, 'GRPC_PORT'),
    async stopAccepting() {
      await closeListener(listener);
      site.stopping = true;
      http2.stopAccepting();
      for (const call of streams) call.wake();
    },
    drain: (deadlineMs) => http2.drain(deadlineMs),
    close() {
      listener.close();
      http2.close();
    },
    connections: () => http2.connections(),
  };
}

function createTransport(
  parts: GrpcServerParts,
  site: Site,
  streams: Set<StreamCall>,
): Http2Server {
  const { settings, logger } = parts;
  return createHttp2Server({
    limits: http2LimitsOf(settings),
    allowance: site.allowance,
    handle: createHandler(parts, site, streams),
    closed({ context, gone }) {
      if (!(context instanceof ServerCall)) return;
      if (context instanceof StreamCall) {
        streams.delete(context);
        context.wake();
      }
      if (gone) context.left();
    },
    expectedBytes: (_, start) => expectedBytes(start),
    faulted(error) {
      logger.error({ err: error }, 'a gRPC call failed');
    },
    refused(refusal) {
      logger.debug({ ...refusal }, 'a gRPC connection was ended');
    },
  });
}

function createHandler(
  parts: GrpcServerParts,
  site: Site,
  streams: Set<StreamCall>,
): (stream: Http2Stream) => void {
  const readHead = createHeadReader(parts);
  return (stream) => {
    const head = readHead(stream.head);
    if (head.notGrpc > 0) {
      stream.respond(httpBlock(head.notGrpc), true);
      return;
    }
    begin(site, stream, { head, streams });
  };
}

function begin(
  site: Site,
  stream: Http2Stream,
  { head, streams }: { readonly head: CallHead; readonly streams: Set<StreamCall> },
): void {
  const { method } = head;
  if (method !== undefined && 'serve' in method) {
    const call = new StreamCall(site, stream, head);
    if (refused(call)) return;
    streams.add(call);
    void serveStream(call, method);
    return;
  }
  const call = new ServerCall(site, stream, head);
  if (!refused(call) && method !== undefined) serveUnary(call, method);
}

/** True where it has been answered already: its head says that it may not be. */
function refused(call: ServerCall): boolean {
  const { head, site, stream } = call;
  stream.context = call;
  const refusal = head.refusal ?? site.admit?.(head.routePath, call);
  if (refusal !== undefined) call.fail(refusal);
  return refusal !== undefined;
}

/** What a unary call's body will have by the prefix of its message. */
function expectedBytes(start: Buffer): number | undefined {
  return start.length < prefixBytes ? undefined : prefixBytes + start.readUInt32BE(1);
}
