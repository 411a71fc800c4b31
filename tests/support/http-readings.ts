import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { readSettings } from '../../core/settings';
import type { Exchange } from '../../protocol/exchange';
import { Connections } from '../../serving/http/connections';
import { createHttpReader } from '../../serving/http/reader/http-reader';
import { createRefusal } from '../../serving/http/refusal';
import type { Route, Router } from '../../serving/http/router';
import { BodyAllowance } from '../../serving/http/body-allowance';
import { createBodyMemory } from '../../serving/http/body-memory';
import type { ServerExchange, Site } from '../../serving/http/server-exchange';
import { httpSettings } from '../../serving/http/settings';
import { Bodies } from '../../serving/http/bodies';
import { expectNothingLeft, Recorded, type Reading } from './recorded-reading';
import { MemorySocket, play, stays } from './memory-caller';

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
  const bodies = new Bodies(settings, new BodyAllowance(settings.BODIES_MAX_BYTES));
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
  expectNothingLeft(record, wire.written, connections.size);
  return record.reading();
}

function nothing(): void {
  // Nobody reads it.
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
    dialect: { name: 'test', status: 'http', operations: [], match: () => undefined },
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
