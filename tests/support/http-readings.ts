import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { readSettings } from '../../core/settings';
import type { Exchange } from '../../protocol/exchange';
import { Connections } from '../../serving/http/connections';
import { createHttpReader } from '../../serving/http/reader/http-reader';
import { createRefusal } from '../../serving/http/refusal';
import type { Route, Router } from '../../serving/http/router';
import { createBodyMemory } from '../../serving/http/body-memory';
import type { ServerExchange, Site } from '../../serving/http/server-exchange';
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

/** How the caller leaves. */
export interface Leaving {
  /** Not at all, by ending its side, or by breaking the connection off. */
  readonly how: 'stays' | 'ends' | 'resets';
  /** Turns of the event loop between the last piece and that; 0: both come at once. */
  readonly turns: number;
}

/** Turns of the event loop after which nothing in memory is under way any more. */
const turnsToSettle = 20;

export const stays: Leaving = { how: 'stays', turns: 0 };
/** When everything before has been answered. */
export const endsLate: Leaving = { how: 'ends', turns: turnsToSettle };

/** How `node:http`, that is llhttp, reads the bytes, each chunk by itself. */
export async function llhttpReading(chunks: readonly Buffer[], leaving = stays): Promise<Reading> {
  const record = new Recorded();
  const server = recordingServer(record);
  const wire = new MemorySocket();
  server.emit('connection', wire);
  await play(wire, chunks, { record, lends: false, leaving });
  return record.reading();
}

/**
 * How our reader reads them; what it hands over is read by `node:http`. Rejects where something is
 * left when the connection is gone, or a request has had two answers.
 */
export async function ourReading(
  chunks: readonly Buffer[],
  { leaving = stays, readsBodies = true } = {},
): Promise<Reading> {
  const record = new Recorded();
  const settings = readSettings(httpSettings, {});
  const byNode = recordingServer(record);
  const bodies = new Bodies(settings);
  const connections = new Connections();
  const requestIds = (given: string | undefined): string => given ?? 'made';
  const metrics = {
    started: () => {
      record.begun += 1;
    },
    done: () => {
      record.finished += 1;
    },
  };
  const refuse = createRefusal({ metrics, accessLog: { done: nothing } }, connections, requestIds);
  const reader = createHttpReader({
    settings,
    router: recordingRouter(record, readsBodies),
    site: siteOf(bodies, metrics.done),
    connections,
    requestIds,
    started: metrics.started,
    refuse: (fault, socket) => {
      record.ended = true;
      refuse(fault, socket);
    },
    readByNode: (socket) => {
      record.handedOverAfter = record.requests.length;
      byNode.emit('connection', socket);
    },
  });
  const wire = new MemorySocket();
  reader.accept(wire as unknown as Socket);
  await play(wire, chunks, { record, lends: true, leaving });
  reader.close();
  bodies.close();
  expectNothingLeft(record, wire, connections);
  return record.reading();
}

function nothing(): void {
  // Nobody reads it.
}

function expectNothingLeft(record: Recorded, wire: MemorySocket, connections: Connections): void {
  const { begun, finished, handedOverAfter, stayed } = record;
  if (begun !== finished) throw new Error(`${begun} requests have begun, ${finished} are over`);
  if (connections.size !== 0) throw new Error('the connection is still counted');
  if (stayed && handedOverAfter === undefined) throw new Error('the connection stays open');
  // Those of HEAD have no body.
  const heads = [...wire.written.matchAll(/HTTP\/1\.1 \d{3} /g)].length;
  if (handedOverAfter === undefined && heads > begun)
    throw new Error(`${begun} requests have begun, ${heads} answers were written`);
  const answers = [...wire.written.matchAll(/ok(\d+)\./g)].map(([, number]) => Number(number));
  const inOrder = answers.every((number, at) => at === 0 || number > answers[at - 1]!);
  if (!inOrder) throw new Error(`answers came as ${String(answers)}`);
}

class Recorded {
  readonly requests: ReadRequest[] = [];
  ended = false;
  handedOverAfter: number | undefined;
  /** Requests that our reader has begun, and those that are over. */
  begun = 0;
  finished = 0;
  /** The connection was open when all had been answered and the caller had ended its side. */
  stayed = false;
  #answers = 0;

  /** Another one each time, from 1 on. */
  answer(): string {
    return `ok${(this.#answers += 1)}.`;
  }

  reading(): Reading {
    const { requests, ended, handedOverAfter } = this;
    return { requests, ended, handedOverAfter };
  }
}

/** The server's end of a connection in memory. */
class MemorySocket extends Duplex {
  readonly remoteAddress = '127.0.0.1';
  written = '';

  constructor() {
    super({ allowHalfOpen: true });
    this.on('error', () => undefined);
  }

  override _read(): void {
    // Chunks are pushed.
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.written += chunk.toString('latin1');
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
  { record, lends, leaving }: { record: Recorded; lends: boolean; leaving: Leaving },
): Promise<void> {
  let lent: Buffer | undefined;
  const turnOver = async (turns: number): Promise<void> => {
    for (let n = 0; n < turns; n += 1) {
      await turn();
      // Who has kept the bytes instead of copying them will see others.
      if (lends) lent?.fill('!');
    }
  };
  for (const chunk of chunks) {
    if (lent !== undefined) await turnOver(1);
    if (wire.destroyed) break;
    wire.push((lent = Buffer.from(chunk)));
  }
  await turnOver(leaving.turns);
  if (leaving.how === 'resets') wire.destroy(new Error('read ECONNRESET'));
  if (leaving.how === 'ends' && !wire.destroyed) wire.push(null);
  await turnOver(turnsToSettle);
  record.ended ||= wire.destroyed || wire.writableEnded;
  record.stayed = leaving.how === 'ends' && !wire.destroyed;
  wire.destroy();
  await turnOver(turnsToSettle);
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
      response.end(record.answer());
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

function recordingRouter(record: Recorded, readsBodies: boolean): Router {
  const route: Route = {
    dialect: { name: 'test', status: 'http', match: () => undefined },
    handler: undefined,
    thrown: undefined,
  };
  const answer = async (exchange: ServerExchange): Promise<void> => {
    const body = readsBodies ? await exchange.body() : undefined;
    // By now the bytes that were only lent are others.
    await turn();
    await turn();
    const headers = namesIn(exchange);
    const { method, target } = exchange;
    record.requests.push({ method, target, headers, body: body?.toString('latin1') ?? '' });
    exchange.reply(200, {}, record.answer());
  };
  return {
    find: () => route,
    run(exchange) {
      answer(exchange).catch((thrown: unknown) => {
        exchange.failWith(thrown, 'http');
      });
    },
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

function siteOf(bodies: Bodies, done: () => void): Site {
  return {
    closing: false,
    memory: createBodyMemory(),
    readBody: (exchange, source) => bodies.read(exchange, source),
    finished: (exchange) => {
      exchange.connection.open -= 1;
      bodies.release(exchange);
      done();
    },
    faulted: (_exchange, error) => {
      throw error;
    },
  };
}
