import { randomBytes } from 'node:crypto';

/** Something that happened; its data goes to clients as JSON. */
export interface LoggedEvent {
  /** Rising from 1; without gaps, but where the log was broken. */
  readonly id: number;
  readonly name: string;
  readonly data: object;
}

/** What is kept after a given event. */
export interface EventsAfter {
  readonly events: readonly LoggedEvent[];
  /** Events in between that are not kept any more. */
  readonly lost: number;
  /** No more will come. */
  readonly ended: boolean;
}

/**
 * Events in their order, the last so many of them. Who has read some goes on where it was. To clients
 * ids begin with the name of the log's life, so that those of another log are not taken for its own.
 */
export class EventLog {
  readonly #life = randomBytes(4).toString('hex');
  readonly #keep: number;
  #events: LoggedEvent[] = [];
  #lastId = 0;
  #ended = false;
  readonly #waiting = new Set<() => void>();

  constructor(keep: number) {
    this.#keep = keep;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** The id of the last event; 0 before the first. */
  get lastId(): number {
    return this.#lastId;
  }

  /** An event's id as clients see it. */
  idText(id: number): string {
    return `${this.#life}-${id}`;
  }

  /** The event with this id, as a client has it; undefined where that is not one of this log. */
  idIn(text: string): number | undefined {
    const [, life, digits = ''] = /^([0-9a-f]{8})-(\d{1,15})$/.exec(text) ?? [];
    const id = Number(digits);
    return life === this.#life && id <= this.#lastId ? id : undefined;
  }

  add(name: string, data: object): void {
    if (this.#ended) return;
    this.#events.push({ id: ++this.#lastId, name, data });
    // Now and then, as it copies all that is kept.
    if (this.#events.length >= 2 * this.#keep) this.#events = this.#events.slice(-this.#keep);
    this.#wake();
  }

  /** What was told leads nowhere any more: to all who follow, events are lost here. */
  break(): void {
    if (this.#ended) return;
    this.#lastId += 1;
    this.#events = [];
    this.#wake();
  }

  /** Nothing is added any more; those who follow are done when they have read the rest. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** `id` is that of the last event that is known; 0 for none, -1 where that is as good as lost. */
  after(id: number): EventsAfter {
    const forgotten = Math.max(0, this.#events.length - this.#keep);
    const first = this.#events[forgotten]?.id ?? this.#lastId + 1;
    return {
      events: this.#events.slice(forgotten + Math.max(0, id + 1 - first)),
      lost: Math.max(0, first - id - 1),
      ended: this.#ended,
    };
  }

  /** Resolves when something is there after the event, at the end, or when the signal aborts. */
  async news(id: number, signal: AbortSignal): Promise<void> {
    while (this.#lastId <= id && !this.#ended && !signal.aborted) await this.#change(signal);
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake);
        this.#waiting.delete(wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake);
    });
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}
