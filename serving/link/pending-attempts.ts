import { ShoalError } from '../../core/errors';
import type { Attempt } from '../../protocol/link/batch';
import { callerLeft } from '../batching/refusals';

/** How much later than its deadline an attempt may be given up, in milliseconds. */
const sweepMs = 20;

interface Pending {
  readonly deadline: number;
  readonly resolve: (attempt: Attempt) => void;
  /** Whether nobody waits for it any more, see Batch. */
  readonly unwanted?: (() => boolean) | undefined;
  /** Called once when that is so. */
  readonly leave: () => void;
}

/** An attempt whose answer did not come before its deadline; that says nothing of the host's health. */
export function lateAttempt(host: string): Attempt {
  const error = new ShoalError(
    'deadline_exceeded',
    'The model did not answer before the deadline; allow more time or send fewer rows.',
  );
  return { outcome: 'failed', host, error, late: true };
}

/** An attempt whose callers have all gone before its answer came. */
export function leftAttempt(host: string): Attempt {
  return { outcome: 'failed', host, error: callerLeft(), late: true };
}

/**
 * Attempts that wait for their answer, by id. One coarse timer gives up all that are over their
 * deadline, and looks who is left by all callers: a timer for each would cost more than the rest of
 * the link.
 */
export class PendingAttempts {
  readonly #pending = new Map<number, Pending>();
  /** Those that have been left already. */
  readonly #left = new Set<number>();
  readonly #host: () => string;
  #timer: NodeJS.Timeout | undefined;
  #idleSweeps = 0;

  /** @param host says which host is on the other side when an attempt is given up */
  constructor(host: () => string) {
    this.#host = host;
  }

  get size(): number {
    return this.#pending.size;
  }

  add(id: number, pending: Pending): void {
    this.#pending.set(id, pending);
    this.#timer ??= setInterval(() => {
      this.#sweep(performance.now());
    }, sweepMs).unref();
  }

  /** Settles one; false if it is not there (any longer): its answer came too late. */
  settle(id: number, attempt: Attempt): boolean {
    const pending = this.#pending.get(id);
    if (pending === undefined) return false;
    this.#pending.delete(id);
    if (this.#left.size > 0) this.#left.delete(id);
    pending.resolve(attempt);
    return true;
  }

  has(id: number): boolean {
    return this.#pending.has(id);
  }

  settleAll(attempt: Attempt): void {
    const all = [...this.#pending.values()];
    this.#pending.clear();
    this.#left.clear();
    this.#stop();
    for (const pending of all) pending.resolve(attempt);
  }

  #sweep(now: number): void {
    this.#idleSweeps = this.#pending.size === 0 ? this.#idleSweeps + 1 : 0;
    if (this.#idleSweeps > 50) this.#stop();
    for (const [id, pending] of this.#pending) {
      if (pending.deadline <= now) this.settle(id, lateAttempt(this.#host()));
      else if (pending.unwanted?.() === true && !this.#left.has(id)) {
        this.#left.add(id);
        pending.leave();
      }
    }
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#idleSweeps = 0;
  }
}
