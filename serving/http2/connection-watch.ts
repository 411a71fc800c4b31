import type { Socket } from 'node:net';
import { takenFrom } from '../http/send-watch';
import { errorCodes } from './error-codes';
import { ConnectionFault } from './fault';
import type { Output } from './output';
import type { ServerStream } from './server-stream';
import type { Site } from './site';

/** The connection as it is watched. */
export interface Watched {
  readonly site: Site;
  readonly socket: Socket;
  readonly output: Output;
  readonly streams: { readonly open: ReadonlyMap<number, ServerStream> };
  readonly framesRead: number;
  /** A part of something has come. */
  readonly waitsForRest: boolean;
  readonly over: boolean;
  end(code: number, reason: string): void;
  refuse(fault: ConnectionFault): void;
}

/** What a connection that is over has to read its last words. */
const lingerMs = 2000;

const probePing = Buffer.from('shoalask', 'latin1');

/** Since when something has been as it is. */
class Unchanged {
  #value = -1;
  #since = 0;

  /** How long it has been `value`. */
  for(value: number, now: number): number {
    if (value !== this.#value) {
      this.#value = value;
      this.#since = now;
    }
    return now - this.#since;
  }
}

/**
 * Ends what takes too long on one connection. Times are told by looks at it, because setting
 * timers for each request would cost more than all looks.
 */
export class ConnectionWatch {
  readonly #connection: Watched;
  /** When a stream began or ended, and when anything came. */
  #activeAt: number;
  #heardAt: number;
  #probed = false;
  readonly #frames = new Unchanged();
  readonly #taken = new Unchanged();
  readonly #over = new Unchanged();

  constructor(connection: Watched) {
    this.#connection = connection;
    this.#activeAt = connection.site.now;
    this.#heardAt = connection.site.now;
  }

  active(): void {
    this.#activeAt = this.#connection.site.now;
  }

  heard(): void {
    this.#heardAt = this.#connection.site.now;
    this.#probed = false;
  }

  check(): void {
    const { socket, over } = this.#connection;
    if (over) {
      this.#checkOver();
      return;
    }
    const waitsForRest = this.#waitsForRest();
    if (this.#takesNothing()) socket.destroy();
    else if (waitsForRest) this.#endLate();
    else if (this.#connection.streams.open.size === 0) this.#endIdle();
    else this.#checkStreams();
  }

  /** What has been answered still goes to whoever takes it. */
  #checkOver(): void {
    const { site, socket } = this.#connection;
    const late =
      socket.writableLength > 0 ? this.#takesNothing() : this.#over.for(1, site.now) >= lingerMs;
    if (late) socket.destroy();
  }

  #waitsForRest(): boolean {
    const { site, framesRead, waitsForRest } = this.#connection;
    const unchangedMs = this.#frames.for(waitsForRest ? framesRead : -1, site.now);
    return waitsForRest && unchangedMs >= site.limits.headersMs;
  }

  #takesNothing(): boolean {
    const { site, socket } = this.#connection;
    const taken = socket.writableLength === 0 ? -1 : takenFrom(socket);
    return this.#taken.for(taken, site.now) >= site.limits.sendMs && taken !== -1;
  }

  #endLate(): void {
    const reason = 'The rest of what has begun did not come in time.';
    this.#connection.refuse(new ConnectionFault(errorCodes.enhanceYourCalm, reason));
  }

  #endIdle(): void {
    const { site } = this.#connection;
    if (site.now - this.#activeAt >= site.limits.idleMs) {
      this.#connection.end(errorCodes.noError, 'Nothing was asked for some time.');
    }
  }

  #checkStreams(): void {
    const { site, streams, output, socket } = this.#connection;
    const { bodyMs, sendMs, idleMs, headersMs } = site.limits;
    for (const stream of [...streams.open.values()]) stream.check(bodyMs, sendMs);
    const silentMs = site.now - this.#heardAt;
    if (silentMs >= idleMs + headersMs) socket.destroy();
    else if (silentMs >= idleMs && !this.#probed) {
      this.#probed = true;
      output.ping(probePing, 0, false);
    }
  }
}
