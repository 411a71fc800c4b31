import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { readSettings } from '../../core/settings';
import type { Exchange } from '../../protocol/exchange';
import { Connections } from '../../serving/http/connections';
import { createHttpReader } from '../../serving/http/reader/http-reader';
import type { Route, Router } from '../../serving/http/router';
import { createBodyMemory } from '../../serving/http/body-memory';
import type { Site } from '../../serving/http/server-exchange';
import { httpSettings } from '../../serving/http/settings';
import { Bodies } from '../../serving/http/bodies';

/** One request as somebody has read it. */
export interface ReadRequest {
  readonly method: string;
  readonly target: string;
  /** Names in lower case; several of a name are joined by ', '. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What somebody makes of the bytes of one connection. */
export interface Reading {
  readonly requests: readonly ReadRequest[];
  /** It has said that something is no request, or closed the connection. */
  readonly ended: boolean;
  /** Our reader has given the connection to `node:http`, after so many requests. */
  readonly handedOverAfter: number | undefined;
}

/** Turns of the event loop after which nothing in memory is under way any more. */
const turnsToSettle = 20;

/** How `node:http`, that is llhttp, reads the bytes, each chunk by itself. */
export async function llhttpReading(chunks: readonly Buffer[]): Promise<Reading> {
  const record = new Recorded();
  const server = recordingServer(record);
  const wire = new MemorySocket();
  server.emit('connection', wire);
  await play(wire, chunks, { record, lends: false });
  return record.reading();
}

/** How our reader reads them; what it hands over is read by `node:http`. */
export async function ourReading(chunks: readonly Buffer[], env = {}): Promise<Reading> {
  const record = new Recorded();
  const settings = readSettings(httpSettings, env);
  const byNode = recordingServer(record);
  const bodies = new Bodies(settings);
  const reader = createHttpReader({
    settings,
    router: recordingRouter(record),
    site: siteOf(bodies),
    connections: new Connections(),
    requestIds: (given) => given ?? 'made',
    started: () => undefined,
    refuse: (_fault, socket) => {
      record.ended = true;
      socket.destroy();
    },
    readByNode: (socket) => {
      record.handedOverAfter = record.requests.length;
      byNode.emit('connection', socket);
    },
  });
  const wire = new MemorySocket();
  reader.accept(wire as unknown as Socket);
  await play(wire, chunks, { record, lends: true });
  reader.close();
  bodies.close();
  return record.reading();
}

class Recorded {
  readonly requests: ReadRequest[] = [];
  ended = false;
  handedOverAfter: number | undefined;

  reading(): Reading {
    const { requests, ended, handedOverAfter } = this;
    return { requests, ended, handedOverAfter };
  }
}

/** The server's end of a connection in memory. */
class MemorySocket extends Duplex {
  readonly remoteAddress = '127.0.0.1';

  constructor() {
    super({ allowHalfOpen: true });
    this.on('error', () => undefined);
  }

  override _read(): void {
    // Chunks are pushed.
  }

  override _write(_chunk: Buffer, _encoding: string, done: () => void): void {
    done();
  }

  destroySoon(): void {
    this.destroy();
  }

  setTimeout(): this {
    return this;
  }
}

async function play(
  wire: MemorySocket,
  chunks: readonly Buffer[],
  { record, lends }: { record: Recorded; lends: boolean },
): Promise<void> {
  for (const chunk of chunks) {
    if (wire.destroyed) break;
    const lent = Buffer.from(chunk);
    wire.push(lent);
    await turn();
    // Who has kept the bytes instead of copying them will see others.
    if (lends) lent.fill('!');
  }
  for (let n = 0; n < turnsToSettle; n += 1) await turn();
  record.ended ||= wire.destroyed || wire.writableEnded;
  wire.destroy();
}

function recordingServer(record: Recorded): Server {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      record.requests.push({
        method: request.method ?? '',
        target: request.url ?? '',
        headers: joined(request.rawHeaders),
        body: Buffer.concat(chunks).toString('latin1'),
      });
      response.end('ok');
    });
  });
  // Left open, so that what came before is still read to its end.
  server.on('clientError', () => {
    record.ended = true;
  });
  return server;
}

function joined(raw: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let at = 0; at < raw.length; at += 2) {
    const name = (raw[at] as string).toLowerCase();
    const value = raw[at + 1] as string;
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  return headers;
}

function recordingRouter(record: Recorded): Router {
  const route: Route = {
    dialect: { name: 'test', status: 'http', match: () => undefined },
    handler: undefined,
    thrown: undefined,
  };
  const answer = async (exchange: Exchange & { target: string }): Promise<void> => {
    const body = await exchange.body();
    // By now the bytes that were only lent are others.
    await turn();
    await turn();
    const headers = namesIn(exchange);
    const { method, target } = exchange;
    record.requests.push({ method, target, headers, body: body.toString('latin1') });
    exchange.reply(200, {}, 'ok');
  };
  return {
    find: () => route,
    run: (exchange) => void answer(exchange).catch(() => undefined),
    pass: () => undefined,
  };
}

/** All headers that our reader has, by the names that are in the bytes. */
function namesIn(exchange: Exchange): Record<string, string> {
  const { head } = exchange as unknown as { head: { bytes: Buffer; marks: readonly number[] } };
  const headers: Record<string, string> = {};
  for (let at = 0; at < head.marks.length; at += 4) {
    const name = head.bytes.toString('latin1', head.marks[at], head.marks[at + 1]).toLowerCase();
    headers[name] = exchange.header(name) ?? 'lost';
  }
  return headers;
}

function siteOf(bodies: Bodies): Site {
  return {
    closing: false,
    memory: createBodyMemory(),
    readBody: (exchange, source) => bodies.read(exchange, source),
    finished: (exchange) => {
      exchange.connection.open -= 1;
    },
    faulted: () => undefined,
  };
}
