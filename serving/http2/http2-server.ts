import type { Socket } from 'node:net';
import { createBodyMemory } from '../http/body-memory';
import { firstWindow, frameHeaderBytes, frameTypes } from './frame-types';
import { defaultHttp2Limits, type Http2Limits } from './limits';
import { OpenConnections } from './open-connections';
import { writeSettings } from './peer-settings';
import type { Http2Clock, Http2ServerParts } from './server-parts';
import type { Site } from './site';

export type { Http2Clock, Http2Refusal, Http2ServerParts } from './server-parts';

/** HTTP/2 on sockets that others accept. It stops in the order stopAccepting, drain, close. */
export interface Http2Server {
  /**
   * Serves a connection: cleartext by prior knowledge, or TLS after ALPN. `first` is what has been
   * read of it already.
   */
  accept(socket: Socket, first?: Buffer): void;
  /** Takes no connections but those that are there, and tells those to begin nothing new. */
  stopAccepting(): void;
  /** Waits until every request is answered, at most so many milliseconds; then connections close. */
  drain(deadlineMs: number): Promise<void>;
  /** Cuts off what is left. */
  close(): void;
  /** How many connections are open. */
  connections(): number;
}

const systemClock: Http2Clock = {
  now: () => performance.now(),
  every(ms, look) {
    const timer = setInterval(look, ms).unref();
    return () => {
      clearInterval(timer);
    };
  },
};

export function createHttp2Server(parts: Http2ServerParts): Http2Server {
  const limits: Http2Limits = { ...defaultHttp2Limits, ...parts.limits };
  const clock = parts.clock ?? systemClock;
  const site = createSite(parts, limits, clock);
  const connections = new OpenConnections(site);
  const stop = clock.every(lookMs(limits), () => {
    const passedMs = clock.now() - site.now;
    site.now += passedMs;
    connections.check(passedMs);
  });
  let accepting = true;
  const stopAccepting = (): void => {
    accepting = false;
    connections.announceEnd();
  };
  return {
    accept(socket, first) {
      if (accepting) connections.add(socket, first);
      else socket.destroy();
    },
    stopAccepting,
    async drain(deadlineMs) {
      stopAccepting();
      await connections.gone(deadlineMs);
    },
    close() {
      accepting = false;
      stop();
      connections.destroyAll();
    },
    connections: () => connections.size,
  };
}

/** Waits end at their limit or up to a quarter of it, at most a second, later. */
function lookMs(limits: Http2Limits): number {
  const shortest = Math.min(limits.headersMs, limits.bodyMs, limits.sendMs, limits.idleMs);
  return Math.min(1000, Math.ceil(shortest / 4));
}

function createSite(
  parts: Http2ServerParts,
  limits: Http2Limits,
  clock: Http2Clock,
): Site & { now: number } {
  return {
    limits,
    memory: parts.memory ?? createBodyMemory(),
    allowance: parts.allowance,
    greeting: greet(limits),
    now: clock.now(),
    handle: (stream) => parts.handle(stream),
    closed: (stream) => parts.closed?.(stream),
    faulted: (error) => {
      parts.faulted(error);
    },
    refused: (refusal) => parts.refused?.(refusal),
    expectedBytes: (stream, start) => parts.expectedBytes?.(stream, start),
    flushSoon: createFlushes(),
  };
}

/** Flushes everything that one turn of the event loop has answered, when all of it has run. */
function createFlushes(): Site['flushSoon'] {
  let waiting: { flush(): void }[] = [];
  const flushAll = (): void => {
    const all = waiting;
    waiting = [];
    for (const one of all) one.flush();
  };
  return (connection) => {
    if (waiting.length === 0) process.nextTick(flushAll);
    waiting.push(connection);
  };
}

/** Our settings, and a window for the connection that is larger than the usual one. */
function greet(limits: Http2Limits): Buffer {
  const settings = writeSettings(limits);
  const settingsHeader = Buffer.alloc(frameHeaderBytes);
  settingsHeader.writeUIntBE(settings.length, 0, 3);
  settingsHeader[3] = frameTypes.settings;
  const window = Buffer.alloc(frameHeaderBytes + 4);
  window.writeUIntBE(4, 0, 3);
  window[3] = frameTypes.windowUpdate;
  window.writeUInt32BE(Math.max(1, limits.connectionWindowBytes - firstWindow), frameHeaderBytes);
  return Buffer.concat([settingsHeader, settings, window]);
}
