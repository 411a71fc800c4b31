import { ShoalError } from '../../core/errors';
import type { Logger } from '../../core/logging';
import type { AdmitClient } from '../limits/client-limit';
import type { AccessLog, LoggedRequest } from '../http/access-log';
import type { Authorise } from '../http/authorisation';
import type { RequestMetrics } from '../http/request-observer';

export interface SiteParts {
  readonly authorise: Authorise;
  /** Refuses clients that ask too much; without it nobody is. */
  readonly admit?: AdmitClient | undefined;
  readonly accessLog: AccessLog;
  readonly metrics: RequestMetrics;
  readonly logger: Logger;
}

/** A call that is counted and logged. */
export interface CountedCall extends LoggedRequest {
  readonly arrivedAt: number;
}

export interface MessageLimits {
  readonly maxMessageBytes: number;
  /** Bytes of messages of streams that have come in part. */
  readonly mostHeld: number;
  readonly messageMs: number;
}

/** What the calls of one server share. */
export class Site {
  readonly maxMessageBytes: number;
  /** How long a message of a stream may take to arrive. */
  readonly messageMs: number;
  readonly requestId: (given: string | undefined) => string;
  readonly authorise: Authorise;
  readonly admit: AdmitClient | undefined;
  stopping = false;
  readonly #parts: SiteParts;
  readonly #mostHeld: number;
  #held = 0;

  constructor(
    parts: SiteParts,
    limits: MessageLimits,
    requestId: (given: string | undefined) => string,
  ) {
    this.#parts = parts;
    this.authorise = parts.authorise;
    this.admit = parts.admit;
    this.maxMessageBytes = limits.maxMessageBytes;
    this.messageMs = limits.messageMs;
    this.#mostHeld = limits.mostHeld;
    this.requestId = requestId;
  }

  started(): void {
    this.#parts.metrics.started();
  }

  /** `status`: what HTTP's would be. */
  done(call: CountedCall, status: number): void {
    const ms = performance.now() - call.arrivedAt;
    this.#parts.metrics.done(call.notes, status, ms / 1000, call);
    this.#parts.accessLog.done(call, status, ms);
  }

  /** Tells the log of a fault of ours. */
  faulted({ requestId: id, path }: CountedCall, error: ShoalError): void {
    this.#parts.logger.error({ err: error.details.cause ?? error, id, path }, 'request failed');
  }

  /** Takes bytes of messages of streams out of their allowance. Throws overloaded. */
  hold(bytes: number): void {
    if (this.#held + bytes > this.#mostHeld) {
      throw new ShoalError('overloaded', 'Too many large messages at once; try again later.', {
        retryAfter: 1,
      });
    }
    this.#held += bytes;
  }

  release(bytes: number): void {
    this.#held -= bytes;
  }
}
