import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import path from 'node:path';
import type { Scalable } from './cluster';

const mostHosts = 64;

/**
 * The door for scripts/add-modelhost.sh: HTTP on a unix socket that only the owner may open.
 *
 *   GET  /status          -> 200 {"modelhosts": [{"id", "pid", "ready"}]}
 *   POST /modelhosts?add=N   start N more
 *   POST /modelhosts?to=N    make it N, draining what leaves
 *                         -> 200 as /status, when it is done; 400 or 500 {"error": text}
 */
export interface Control {
  close(): Promise<void>;
}

/** `socket` is used as given: a relative path is not bound by the length limit of socket names. */
export async function openControl(socket: string, cluster: Scalable): Promise<Control> {
  mkdirSync(path.dirname(socket), { recursive: true, mode: 0o700 });
  if (await answers(socket)) {
    throw new Error(
      `A cluster of this folder runs already (${socket}); stop it, or choose CONTROL_SOCKET=<path>.`,
    );
  }
  rmSync(socket, { force: true });
  const server = createControlServer(cluster);
  await listen(server, socket);
  chmodSync(socket, 0o600);
  return {
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** One change at a time: a second one waits for the first. */
function createControlServer(cluster: Scalable): Server {
  let last: Promise<void> = Promise.resolve();
  const scale = (wanted: (size: number) => number): Promise<void> => {
    const change = last.then(() => cluster.scale(wanted(cluster.size())));
    last = change.catch(() => undefined);
    return change;
  };
  const server = createServer((request, response) => {
    answer(request, cluster, scale).then(
      (reply) => {
        send(response, reply.status, reply.body);
      },
      (error: unknown) => {
        send(response, 500, { error: error instanceof Error ? error.message : String(error) });
      },
    );
  });
  server.requestTimeout = 0;
  return server;
}

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

async function answer(
  request: IncomingMessage,
  cluster: Scalable,
  scale: (wanted: (size: number) => number) => Promise<void>,
): Promise<Reply> {
  const url = new URL(request.url ?? '/', 'http://control');
  if (request.method === 'POST' && url.pathname === '/modelhosts') {
    const wanted = parseScaling(url.searchParams, cluster.size());
    if (typeof wanted === 'string') return { status: 400, body: { error: wanted } };
    await scale(wanted);
  } else if (request.method !== 'GET' || url.pathname !== '/status') {
    return { status: 404, body: { error: 'wanted GET /status or POST /modelhosts' } };
  }
  return { status: 200, body: { modelhosts: await cluster.status() } };
}

/** What is wanted as a function of what is there, or what is wrong with the query. */
export function parseScaling(
  query: URLSearchParams,
  size: number,
): ((size: number) => number) | string {
  const [[word, value] = ['', ''], ...more] = [...query];
  const number = /^\d{1,4}$/.test(value) ? Number(value) : Number.NaN;
  if (more.length > 0 || (word !== 'add' && word !== 'to') || !(number >= 1)) {
    return 'wanted add=N or to=N with N of 1 or more';
  }
  const wanted = (now: number): number => (word === 'add' ? now + number : number);
  if (wanted(size) > mostHosts) return `at most ${mostHosts} modelhosts, found ${wanted(size)}`;
  return wanted;
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}

async function listen(server: Server, socket: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socket, resolve);
  });
}

async function answers(socket: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const connection = connect(socket);
    connection.once('connect', () => {
      connection.destroy();
      resolve(true);
    });
    connection.once('error', () => {
      resolve(false);
    });
  });
}
