import type { Attempt, Batch, HostLink } from '../../protocol/link/batch';
import { createPeakEwma } from './peak-ewma';
import type { Candidate } from './picker';
import { afterFailure, healthy, type Health } from './health';

/** How long a slow answer is remembered. */
const latencyDecayMs = 5_000;

/** Somewhere a batch can be sent: a runner, or a host behind HTTP, with what is known of it. */
export class Place implements Candidate {
  /** Id of the modelhost, or of the balancer in front of all of them. */
  readonly id: string;
  readonly #link: HostLink;
  readonly #latency = createPeakEwma(latencyDecayMs);
  #inFlight = 0;
  #health: Health = healthy;

  constructor(id: string, link: HostLink) {
    this.id = id;
    this.#link = link;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get latencyUs(): number {
    return this.#latency.valueUs;
  }

  get health(): Health {
    return this.#health;
  }

  /** Sends and learns from what becomes of it. */
  async send(batch: Batch, deadline: number): Promise<Attempt> {
    this.#inFlight += 1;
    const sentAt = performance.now();
    const attempt = await this.#link.send(batch, deadline);
    this.#inFlight -= 1;
    const now = performance.now();
    switch (attempt.outcome) {
      case 'replied':
      case 'failed':
        this.#health = healthy;
        this.#latency.observe((now - sentAt) * 1000, now);
        break;
      case 'unreached':
      case 'lost':
      case 'broken':
        this.#health = afterFailure(this.#health, now);
        break;
      case 'refused':
        break;
    }
    return attempt;
  }

  close(): void {
    this.#link.close();
  }
}
