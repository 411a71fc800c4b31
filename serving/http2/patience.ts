import { Budget } from './budget';
import { errorCodes } from './error-codes';
import { ConnectionFault } from './fault';
import type { Http2Limits } from './limits';

/** What one caller may do that is allowed and of no use, before its connection is ended. */
export class Patience {
  readonly #resets: Budget;
  readonly #idleFrames: Budget;

  constructor(limits: Http2Limits) {
    this.#resets = new Budget(limits.resetBurst, limits.resetsPerSecond);
    this.#idleFrames = new Budget(limits.idleFrameBurst, limits.idleFramesPerSecond);
  }

  /** A stream is reset: by its caller, or for a fault of its caller. */
  reset(): void {
    if (!this.#resets.spend(1)) throw calmDown('Too many streams were reset.');
  }

  /** A frame has come that carries nothing. */
  idleFrame(): void {
    if (!this.#idleFrames.spend(1)) throw calmDown('Too many frames came that carry nothing.');
  }

  /** A stream was answered; callers of such do reset some and do send some frames that carry nothing. */
  answered(): void {
    this.#resets.earn(1);
    this.#idleFrames.earn(4);
  }

  /** Data was sent, of which the caller has to tell that it has taken it. */
  sent(): void {
    this.#idleFrames.earn(2);
  }

  pass(ms: number): void {
    this.#resets.pass(ms);
    this.#idleFrames.pass(ms);
  }
}

function calmDown(reason: string): ConnectionFault {
  return new ConnectionFault(errorCodes.enhanceYourCalm, reason);
}
