import type { ShoalError } from '../../core/errors';
import type { Logger } from '../../core/logging';
import type { AdmitClient } from '../limits/client-limit';
import type { AccessLog, LoggedRequest } from '../http/access-log';
import type { Authorise } from '../http/authorisation';
import type { BodyAllowance } from '../http/body-allowance';
import type { RequestMetrics } from '../http/request-observer';

export interface SiteParts {
  /** What request bodies take, here and wherever else the process listens. */
  readonly allowance: BodyAllowance;
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
  readonly allowance: BodyAllowance;
  stopping = false;
  readonly #parts: SiteParts;

  constructor(
    parts: SiteParts,
    limits: MessageLimits,
    requestId: (given: string | undefined) => string,
  ) {
    this.#parts = parts;
    this.authorise = parts.authorise;
    this.admit = parts.admit;
    this.allowance = parts.allowance;
    this.maxMessageBytes = limits.maxMessageBytes;
    this.messageMs = limits.messageMs;
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
}
