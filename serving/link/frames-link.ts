import type { Logger } from '../../core/logging';
import { ShoalError } from '../../core/errors';
import type { Attempt, Batch, HostLink } from '../../protocol/link/batch';
import { frameKinds } from '../../protocol/link/frame';
import { FrameFault, type IncomingFrame } from '../../protocol/link/frame-reader';
import {
  decodeFailed,
  decodeRefused,
  decodeReply,
  encodeInfer,
  encodePing,
  encodeUnwanted,
} from '../../protocol/link/frames';
import { FramesConnection, type ConnectionEnd, type ConnectionOptions } from './frames-connection';
import { parseLinkAddress } from './link-address';
import { leftAttempt, PendingAttempts } from './pending-attempts';

export interface FramesLinkOptions {
  /** `unix:<path>` or `tcp:<host>:<port>` of a runner. */
  readonly address: string;
  readonly secret: string;
  /** Who sends, for the runner's log. */
  readonly caller?: string;
  readonly logger?: Logger;
  readonly maxFrameBytes?: number;
  /** Milliseconds that connecting and greeting may take. */
  readonly connectTimeoutMs?: number;
  /** Shared memory for large inputs where the runner is on this machine, 0 for none. */
  readonly sharedBytes?: number;
  /** Called with true when frames can be sent and with false as soon as they cannot. */
  readonly onState?: (connected: boolean) => void;
}

/** The way to one runner: one multiplexed connection, made when first needed and kept up. */
export interface FramesLink extends HostLink {
  readonly connected: boolean;
  /** Attempts that wait for their answer. */
  readonly inFlight: number;
  /** Connects now, so that the first batch need not wait for it. */
  connect(): void;
  /**
   * To be called now and then while answers are late: asks the runner for a sign of life, and breaks
   * a connection on which it gives none although it was heard of otherwise, at `aliveAt`, well after
   * it was asked. Inside a run it can give no sign anywhere; then its answer is waited for.
   */
  check(now: number, aliveAt: number | undefined): void;
}

/** Milliseconds before the first and at most before later tries to connect again. */
const firstRetryMs = 25;
const lastRetryMs = 1000;

/** How long a ping and what is said of its answer may be under way. */
const transitMs = 500;

const defaultMaxFrameBytes = 1024 * 1024 * 1024;
const defaultSharedBytes = 64 * 1024 * 1024;

/** Throws a RangeError where the address is not one. */
export function createFramesLink(options: FramesLinkOptions): FramesLink {
  return new Link(options);
}

interface Waiting {
  readonly id: number;
  readonly frame: readonly Uint8Array[];
}

class Link implements FramesLink {
  readonly #options: FramesLinkOptions;
  readonly #connectionOptions: ConnectionOptions;
  readonly #pending = new PendingAttempts(() => this.#host);
  #waiting: Waiting[] = [];
  #connection: FramesConnection | undefined;
  #connected = false;
  #closed = false;
  #host = '';
  #nextId = 1;
  #retryMs = firstRetryMs;
  /** The last try to connect failed: the next need not be waited for. */
  #failed = false;
  #retry: NodeJS.Timeout | undefined;
  /** When the sign of life was asked for that has not come yet. */
  #askedAt: number | undefined;

  constructor(options: FramesLinkOptions) {
    this.#options = options;
    parseLinkAddress(options.address);
    this.#connectionOptions = {
      address: options.address,
      secret: options.secret,
      caller: options.caller ?? '',
      maxFrameBytes: options.maxFrameBytes ?? defaultMaxFrameBytes,
      connectTimeoutMs: options.connectTimeoutMs ?? 2000,
      sharedBytes: options.sharedBytes ?? defaultSharedBytes,
    };
  }

  get connected(): boolean {
    return this.#connected;
  }

  get inFlight(): number {
    return this.#pending.size;
  }

  send(batch: Batch, deadline: number): Promise<Attempt> {
    if (this.#closed) return Promise.resolve({ outcome: 'unreached', cause: 'link closed' });
    if (this.#retry !== undefined || (this.#failed && !this.#connected)) {
      return Promise.resolve({ outcome: 'unreached', cause: 'not connected' });
    }
    const id = this.#takeId();
    const frame = this.#encoded(id, batch);
    if ('outcome' in frame) return Promise.resolve(frame);
    return new Promise((resolve) => {
      const { unwanted } = batch;
      const leave = (): void => {
        this.#leave(id);
      };
      this.#pending.add(id, { deadline, resolve, unwanted, leave });
      if (this.#connected) {
        this.#connection?.write(frame);
      } else {
        this.#waiting.push({ id, frame });
        this.connect();
      }
    });
  }

  connect(): void {
    if (this.#closed || this.#connection !== undefined || this.#retry !== undefined) return;
    this.#connection = new FramesConnection(this.#connectionOptions, {
      ready: (hello) => {
        this.#ready(hello.host);
      },
      frame: (frame) => {
        this.#answer(frame);
      },
      ended: (end) => {
        this.#ended(end);
      },
    });
  }

  check(now: number, aliveAt: number | undefined): void {
    if (!this.#connected) return;
    if (this.#askedAt === undefined) {
      this.#askedAt = now;
      this.#connection?.write(encodePing(this.#takeId()));
    } else if (aliveAt !== undefined && aliveAt > this.#askedAt + transitMs) {
      this.#connection?.destroy('the runner lives and does not answer on this connection');
    }
  }

  /** Frames refer to their callers' memory while they lie in the socket: they go with it. */
  giveUp(cause: string): void {
    if (this.#pending.size > 0) this.#connection?.destroy(cause);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#connection?.destroy('link closed');
  }

  /** The runner answers it, without a run if it has not begun; runners of earlier builds run it. */
  #leave(id: number): void {
    if (this.#connected) this.#connection?.write(encodeUnwanted(id));
    else this.#pending.settle(id, leftAttempt(this.#host));
  }

  #takeId(): number {
    const id = this.#nextId;
    this.#nextId = id === 0xffffffff ? 1 : id + 1;
    return id;
  }

  /** The frame, or what became of the batch where there can be none. */
  #encoded(id: number, batch: Batch): readonly Uint8Array[] | Attempt {
    try {
      const frame = encodeInfer(id, batch, this.#connection?.shared?.place(id, batch));
      checkSize(frame, this.#connectionOptions.maxFrameBytes);
      return frame;
    } catch (error) {
      this.#connection?.shared?.answered(id);
      if (!(error instanceof ShoalError)) throw error;
      return { outcome: 'failed', host: this.#host, error };
    }
  }

  #ready(host: string): void {
    this.#host = host;
    this.#connected = true;
    this.#retryMs = firstRetryMs;
    this.#failed = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { id, frame } of waiting) {
      if (this.#pending.has(id)) this.#connection?.write(frame);
    }
    this.#tellUnshared();
    this.#options.onState?.(true);
  }

  #tellUnshared(): void {
    const { logger, address } = this.#options;
    const cause = this.#connection?.unshared ?? '';
    if (cause !== '') logger?.info({ address, cause }, 'large inputs go through the socket');
  }

  #answer(frame: IncomingFrame): void {
    this.#askedAt = undefined;
    this.#connection?.shared?.answered(frame.id);
    if (!this.#pending.has(frame.id)) return;
    try {
      const attempt = this.#attemptOf(frame);
      if (attempt !== undefined) this.#pending.settle(frame.id, attempt);
    } catch (error) {
      if (!(error instanceof FrameFault)) throw error;
      this.#pending.settle(frame.id, { outcome: 'broken', cause: error.message });
      this.#connection?.destroy(error.message);
    }
  }

  #attemptOf(frame: IncomingFrame): Attempt | undefined {
    const host = this.#host;
    switch (frame.kind) {
      case frameKinds.reply:
        return { outcome: 'replied', reply: { host, ...decodeReply(frame) } };
      case frameKinds.failed:
        return { outcome: 'failed', host, error: decodeFailed(frame) };
      case frameKinds.refused:
        return { outcome: 'refused', reason: decodeRefused(frame) };
      default:
        return undefined;
    }
  }

  #ended(end: ConnectionEnd): void {
    const wasConnected = this.#connected;
    this.#failed ||= !wasConnected;
    this.#connection = undefined;
    this.#connected = false;
    this.#askedAt = undefined;
    if (!this.#closed) this.#scheduleRetry();
    this.#options.logger?.debug({ address: this.#options.address, cause: end.cause }, 'link down');
    if (wasConnected) this.#options.onState?.(false);
    this.#settleAfter(end);
  }

  #settleAfter(end: ConnectionEnd): void {
    const { cause } = end;
    const unsent: Attempt =
      end.refusal === undefined
        ? { outcome: 'unreached', cause }
        : { outcome: 'refused', reason: end.refusal };
    for (const { id } of this.#waiting) this.#pending.settle(id, unsent);
    this.#waiting = [];
    this.#pending.settleAll({ outcome: end.garbage ? 'broken' : 'lost', cause });
  }

  #scheduleRetry(): void {
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.connect();
    }, this.#retryMs).unref();
    this.#retryMs = Math.min(this.#retryMs * 2, lastRetryMs);
  }
}

/** Throws too_large. */
function checkSize(frame: readonly Uint8Array[], limit: number): void {
  const bytes = frame.reduce((sum, buffer) => sum + buffer.byteLength, 0);
  if (bytes <= limit) return;
  throw new ShoalError(
    'too_large',
    `The batch has ${bytes} bytes, one run takes at most ${limit}; send fewer rows at once.`,
  );
}
