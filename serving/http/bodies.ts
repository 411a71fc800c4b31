import type { IncomingMessage } from 'node:http';
import { ShoalError } from '../../core/errors';
import { collectBody, type BodySource } from './body';
import type { BodyAllowance } from './body-allowance';
import { createBodyWatch, type AwaitedBody, type BodyWatch } from './body-watch';
import { declaredLength } from './node-body';
import type { ServerExchange } from './server-exchange';
import { packingOf, unpack } from './unpack';

export interface BodiesSettings {
  readonly MAX_BODY_BYTES: number;
  readonly BODY_TIMEOUT_MS: number;
}

/** The request bodies of one server: each read within its limits, and all of them within what the process allows. */
export class Bodies {
  readonly #settings: BodiesSettings;
  readonly #watch: BodyWatch;
  readonly #allowance: BodyAllowance;

  constructor(settings: BodiesSettings, allowance: BodyAllowance) {
    this.#settings = settings;
    this.#allowance = allowance;
    this.#watch = createBodyWatch(settings.BODY_TIMEOUT_MS);
  }

  /** The whole body, unpacked; rejects as `Exchange.body` says. */
  read(exchange: ServerExchange, source: BodySource): Promise<Buffer> {
    return source.encoding === undefined
      ? this.#collect(exchange, source)
      : this.#readPacked(exchange, source);
  }

  /** Calls `stalled` if nothing of the body comes for the body timeout. */
  watchTransfer(request: IncomingMessage, stalled: (error: ShoalError) => void): void {
    if (declaredLength(request) === 0) return;
    const watch = this.#watch;
    const { socket } = request;
    let seen = socket.bytesRead;
    const transfer: AwaitedBody = {
      expire(timeoutMs) {
        if (request.complete || request.destroyed) return;
        if (socket.bytesRead === seen) {
          stalled(stalledBody(timeoutMs));
          return;
        }
        seen = socket.bytesRead;
        watch.begin(transfer);
      },
    };
    watch.begin(transfer);
    request.once('close', () => {
      watch.end(transfer);
    });
  }

  /** The exchange is over and its body let go. */
  release(exchange: ServerExchange): void {
    this.#allowance.release(exchange.heldBytes);
    exchange.heldBytes = 0;
  }

  close(): void {
    this.#watch.close();
  }

  async #readPacked(exchange: ServerExchange, source: BodySource): Promise<Buffer> {
    const packing = packingOf(source.encoding);
    const packed = await this.#collect(exchange, source);
    if (packing === undefined) return packed;
    const unpacked = await unpack(packed, packing, this.#maxBytes(exchange));
    this.#hold(exchange, unpacked.length);
    return unpacked;
  }

  #collect(exchange: ServerExchange, source: BodySource): Promise<Buffer> {
    const maxBytes = this.#maxBytes(exchange);
    const { declared } = source;
    if (declared === 'chunked' || declared <= maxBytes) exchange.continue();
    return collectBody(source, {
      maxBytes,
      watch: this.#watch,
      room: (bytes) => exchange.takeMemory(bytes),
      hold: (bytes) => {
        this.#hold(exchange, bytes);
      },
    });
  }

  #maxBytes({ maxBodyBytes }: ServerExchange): number {
    return maxBodyBytes === 0 ? this.#settings.MAX_BODY_BYTES : maxBodyBytes;
  }

  #hold(exchange: ServerExchange, bytes: number): void {
    if (exchange.answered) return;
    this.#allowance.hold(bytes);
    exchange.heldBytes += bytes;
  }
}

function stalledBody(timeoutMs: number): ShoalError {
  return new ShoalError('body_timeout', `Nothing of the body came for ${timeoutMs} ms.`, {
    headers: { connection: 'close' },
  });
}
