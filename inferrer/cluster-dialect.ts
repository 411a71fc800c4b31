import { ShoalError } from '../core/errors';
import type { Dialect, Exchange, Handler } from '../protocol/exchange';
import type { Heartbeat } from '../protocol/cluster/heartbeat';
import { heartbeatBody } from '../protocol/cluster/schema';
import { checkedAs } from '../protocol/openapi/schema';
import type { Wanted } from '../serving/statistics/counters';
import { clusterOperations } from './cluster-operations';
import type { HostDirectory } from './hosts/host-directory';
import { createTellHosts } from './hosts/tell-hosts';
import type { Peers } from './peers';

export interface ClusterDialectOptions {
  readonly directory: HostDirectory;
  readonly inferrerId: string;
  /** Where this inferrer can be reached by the metrics service. */
  readonly url: () => string;
  readonly peers: Pick<Peers, 'hear'>;
  /** Milliseconds that only rise. */
  readonly clock: () => number;
  /** What this inferrer knows of what all have counted. */
  readonly tellStatistics: (wanted: Wanted) => object;
}

/** How long a heartbeat's answer is held back: the host sends the next one when it comes. */
const holdMs = 1_000;

const json = { 'content-type': 'application/json' };

export interface ClusterDialect extends Dialect {
  /** Answers all heartbeats that are held, so that the server can drain. */
  release(): void;
}

/**
 * The cluster's own routes. A heartbeat is answered a second later, so that one is always under
 * way and a host that dies is noticed at once, when its connection breaks. `?hold=0` is answered
 * at once: that is how a host tells a change in between.
 */
export function createClusterDialect(options: ClusterDialectOptions): ClusterDialect {
  const held = new Set<() => void>();
  const release = (): void => {
    for (const answer of [...held]) answer();
  };
  const routes = routesOf(options, held, createTellHosts(options, release));
  return {
    name: 'cluster',
    status: 'http',
    operations: clusterOperations,
    match(method, path) {
      const route = path.startsWith('/cluster/') ? routes[path] : undefined;
      if (route === undefined) return undefined;
      const handler = route[method];
      if (handler !== undefined) return handler;
      const allow = Object.keys(route).join(', ');
      throw new ShoalError('method_not_allowed', `${path} takes ${allow}, not ${method}`, {
        headers: { allow },
      });
    },
    release,
  };
}

type Routes = Readonly<Record<string, Readonly<Record<string, Handler>>>>;

function routesOf(
  options: ClusterDialectOptions,
  held: Set<() => void>,
  tellHosts: () => object,
): Routes {
  return {
    '/cluster/heartbeat': {
      POST: async (exchange) => {
        await heartbeat(exchange, options, held);
        exchange.reply(200, json, JSON.stringify({ known: true, ...tellHosts() }));
      },
    },
    '/cluster/hosts': {
      GET: (exchange) => {
        exchange.reply(200, json, JSON.stringify(hostsBody(options)));
      },
    },
    '/cluster/statistics': {
      GET: (exchange) => {
        const versions = exchange.query.getAll('version');
        const wanted = versions.length === 0 ? undefined : new Set(versions);
        exchange.reply(200, json, JSON.stringify(options.tellStatistics(wanted)));
      },
    },
    '/cluster/upstreams': {
      GET: (exchange) => {
        exchange.reply(200, { 'content-type': 'text/plain' }, upstreams(options.directory));
      },
    },
  };
}

async function heartbeat(
  exchange: Exchange,
  { directory, peers }: ClusterDialectOptions,
  held: Set<() => void>,
): Promise<void> {
  const { inferrers = [], ...beat } = heartbeatIn(await exchange.body());
  peers.hear(inferrers);
  directory.beat(beat);
  const hold = exchange.query.get('hold') !== '0';
  if (hold && !(await heldOpen(exchange.signal, held))) directory.lost(beat.host, beat.url);
}

/** Waits for the hold's end, or for the release of all; false when the caller's connection broke. */
function heldOpen(signal: AbortSignal, held: Set<() => void>): Promise<boolean> {
  return new Promise((resolve) => {
    const finish = (alive: boolean): void => {
      clearTimeout(timer);
      held.delete(end);
      signal.removeEventListener('abort', broken);
      resolve(alive);
    };
    const end = (): void => {
      finish(true);
    };
    const broken = (): void => {
      finish(false);
    };
    const timer = setTimeout(end, holdMs);
    held.add(end);
    signal.addEventListener('abort', broken, { once: true });
  });
}

function heartbeatIn(body: Buffer): Heartbeat {
  return checkedAs(heartbeatBody, jsonIn(body)) as unknown as Heartbeat;
}

function jsonIn(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new ShoalError('malformed_body', 'a heartbeat is a JSON object');
  }
}

function hostsBody({ directory, inferrerId, url }: ClusterDialectOptions): object {
  return {
    inferrer: { id: inferrerId, url: url() },
    hosts: directory.hosts().map(({ id, url: at, ready, draining, member: { labels = {} } }) => ({
      id,
      url: at,
      ready,
      draining,
      labels,
    })),
  };
}

/** One line per host that may get requests, for the balancer's configuration: `<id> <host:port>`. */
function upstreams(directory: HostDirectory): string {
  return directory
    .taking()
    .map((host) => `${host.id} ${new URL(host.url).host}\n`)
    .sort()
    .join('');
}
