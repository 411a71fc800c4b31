import type { Attempt, Batch, HostLink, Refusal } from '../../protocol/link/batch';
import { createPeakEwma } from './peak-ewma';
import type { Candidate } from './picker';
import {
  afterFailure,
  afterReply,
  afterSetback,
  healthy,
  type Health,
  type Watched,
} from './health';

/** How long a slow answer is remembered. */
const latencyDecayMs = 5_000;

/** Refusals that concern the place, not the model or the generation that was asked for. */
const ofThePlace: ReadonlySet<Refusal> = new Set(['draining', 'overloaded', 'unauthorized']);

type Settle = (attempt: Attempt) => void;

/** Somewhere a batch can be sent: a runner, or a host behind HTTP, with what is known of it. */
export class Place implements Candidate, Watched {
  /** Id of the modelhost, or of the balancer in front of all of them. */
  readonly id: string;
  readonly #link: HostLink;
  readonly #latency = createPeakEwma(latencyDecayMs);
  /** What waits for its answer, by when it was sent; oldest first. */
  readonly #waiting = new Map<Settle, number>();
  #health: Health = healthy;

  constructor(id: string, link: HostLink) {
    this.id = id;
    this.#link = link;
  }

  get inFlight(): number {
    return this.#waiting.size;
  }

  /** For how long the oldest batch has waited for its answer; 0 where none does. */
  waitedMs(nowMs: number): number {
    const [sentAtMs = nowMs] = this.#waiting.values();
    return nowMs - sentAtMs;
  }

  get latencyUs(): number {
    return this.#latency.valueUs;
  }

  get health(): Health {
    return this.#health;
  }

  get probed(): boolean {
    if (this.#health.state === 'healthy') return false;
    const { sinceMs } = this.#health;
    for (const sentAtMs of this.#waiting.values()) if (sentAtMs >= sinceMs) return true;
    return false;
  }

  /** Sends and learns from what becomes of it. */
  send(batch: Batch, deadline: number): Promise<Attempt> {
    const sentAtMs = performance.now();
    return new Promise((resolve, reject) => {
      const settle = (attempt: Attempt): void => {
        if (!this.#waiting.delete(settle)) return;
        // A shadow that is slow or dies says nothing of what others share with it.
        if (batch.copies !== true) this.#learn(attempt, sentAtMs);
        resolve(attempt);
      };
      this.#waiting.set(settle, sentAtMs);
      this.#link.send(batch, deadline).then(settle, reject);
    });
  }

  /** Everything that waits for its answer is lost; answers that come nevertheless are dropped. */
  giveUp(cause: string): void {
    this.#link.giveUp(cause);
  }

  close(): void {
    this.#link.close();
  }

  #learn(attempt: Attempt, sentAtMs: number): void {
    const nowMs = performance.now();
    switch (attempt.outcome) {
      case 'replied':
        this.#answered(sentAtMs, nowMs);
        break;
      case 'failed':
        if (attempt.late === true) this.#waited(sentAtMs, nowMs);
        else if (attempt.error.code !== 'internal') this.#answered(sentAtMs, nowMs);
        else this.#health = afterSetback(this.#health, sentAtMs, nowMs);
        break;
      case 'unreached':
      case 'lost':
      case 'broken':
        this.#health = afterFailure(this.#health, sentAtMs, nowMs);
        break;
      case 'refused':
        if (!ofThePlace.has(attempt.reason)) break;
        this.#health = afterSetback(this.#health, sentAtMs, nowMs);
        break;
    }
  }

  #answered(sentAtMs: number, nowMs: number): void {
    this.#health = afterReply(this.#health, sentAtMs, nowMs);
    this.#waited(sentAtMs, nowMs);
  }

  #waited(sentAtMs: number, nowMs: number): void {
    this.#latency.observe((nowMs - sentAtMs) * 1000, nowMs);
  }
}
