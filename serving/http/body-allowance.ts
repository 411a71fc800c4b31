import { ShoalError } from '../../core/errors';

/** The bytes of requests that one process holds at the same time, whatever they came by. */
export class BodyAllowance {
  readonly #mostBytes: number;
  #held = 0;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** False, and nothing is taken, where there is not so much left. */
  tryHold(bytes: number): boolean {
    if (this.#held + bytes > this.#mostBytes) return false;
    this.#held += bytes;
    return true;
  }

  /** Throws overloaded where there is not so much left. */
  hold(bytes: number): void {
    if (!this.tryHold(bytes)) throw tooManyBodies();
  }

  release(bytes: number): void {
    this.#held -= bytes;
  }
}

export function tooManyBodies(): ShoalError {
  return new ShoalError('overloaded', 'Too many large bodies at once; try again later.', {
    retryAfter: 1,
  });
}
