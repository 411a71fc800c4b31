import { performance } from 'node:perf_hooks';
import { ShoalError } from '../../core/errors';
import type { ProbeModel } from './probe-model';
import type { ProbeOrder, ProbeReport } from './probe-report';

/** Who waits for a try. */
export interface TryCaller {
  /** Aborted when he has gone. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Tries a model when those before it have been. Rejects with overloaded where too many wait or that
 * takes too long, with client_closed where the caller has gone before, and with what the try says.
 * Without a caller nobody waits for it: then it may take as long as it takes. `order` is asked when
 * the try begins.
 */
export type QueuedProbe = (order: () => ProbeOrder, caller?: TryCaller) => Promise<ProbeReport>;

export interface TryLimits {
  readonly mostWaiting: number;
  readonly longestWaitMs: number;
}

const usualLimits: TryLimits = { mostWaiting: 100, longestWaitMs: 60_000 };

/** One try at a time: each may take as much memory as a try may, and all the time of a core. */
export function createTryQueue(probe: ProbeModel, limits: TryLimits = usualLimits): QueuedProbe {
  const queue = new TryQueue(limits);
  return async function probeInTurn(order, caller) {
    await queue.enter(caller);
    try {
      return await probe(order());
    } finally {
      queue.leave();
    }
  };
}

class TryQueue {
  readonly #limits: TryLimits;
  readonly #waiting: (() => void)[] = [];
  #busy = false;
  #beganAt = 0;
  #lastMs = 0;

  constructor(limits: TryLimits) {
    this.#limits = limits;
  }

  async enter(caller: TryCaller | undefined): Promise<void> {
    if (caller?.signal?.aborted === true) throw callerGone();
    if (this.#busy) await (caller === undefined ? this.#inTurn() : this.#inTime(caller));
    this.#busy = true;
    this.#beganAt = performance.now();
  }

  leave(): void {
    this.#lastMs = performance.now() - this.#beganAt;
    const next = this.#waiting.shift();
    // Stays busy for the next one, so that nobody who comes now is before it.
    if (next === undefined) this.#busy = false;
    else next();
  }

  #inTurn(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  #inTime({ signal }: TryCaller): Promise<void> {
    const { mostWaiting, longestWaitMs } = this.#limits;
    if (this.#waiting.length >= mostWaiting) return Promise.reject(this.#overloaded());
    return new Promise((resolve, reject) => {
      const giveUp = (error: ShoalError): void => {
        done();
        this.#waiting.splice(this.#waiting.indexOf(turn), 1);
        reject(error);
      };
      const onGone = (): void => {
        giveUp(callerGone());
      };
      const timer = setTimeout(() => {
        giveUp(this.#overloaded());
      }, longestWaitMs);
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onGone);
      };
      const turn = (): void => {
        done();
        resolve();
      };
      signal?.addEventListener('abort', onGone);
      this.#waiting.push(turn);
    });
  }

  #overloaded(): ShoalError {
    const aheadMs = this.#waiting.length * this.#lastMs;
    const retryAfter = Math.min(60, Math.max(1, Math.ceil(aheadMs / 1000)));
    return new ShoalError(
      'overloaded',
      'Too many models wait on this modelhost to be tried, which is one after the other; upload ' +
        'it again later.',
      { retryAfter },
    );
  }
}

function callerGone(): ShoalError {
  return new ShoalError('client_closed', 'The caller has gone before the model was tried.');
}
