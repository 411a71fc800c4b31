/** The request whose value a bucket has counted last. */
export interface Exemplar {
  readonly requestId: string;
  readonly value: number;
  /** Seconds since 1970. */
  readonly time: number;
}

/** What an exemplar says of a request besides its value. */
export interface ObservedRequest {
  readonly requestId: string;
  /** Milliseconds, clock of performance.now(). */
  readonly arrivedAt: number;
}

/** For each bucket of a histogram of seconds its exemplar. */
export class Exemplars {
  readonly #requestIds: string[];
  readonly #values: Float64Array;
  readonly #endedAt: Float64Array;

  constructor(buckets: number) {
    this.#requestIds = new Array<string>(buckets).fill('');
    this.#values = new Float64Array(buckets);
    this.#endedAt = new Float64Array(buckets);
  }

  /** On the way of every request, which took `ms`: what is stored is there already. */
  note(bucket: number, value: number, { requestId, arrivedAt }: ObservedRequest, ms: number): void {
    this.#requestIds[bucket] = requestId;
    this.#values[bucket] = value;
    this.#endedAt[bucket] = arrivedAt + ms;
  }

  of(bucket: number): Exemplar | undefined {
    const requestId = this.#requestIds[bucket] ?? '';
    if (requestId === '') return undefined;
    const ended = performance.timeOrigin + (this.#endedAt[bucket] ?? 0);
    return { requestId, value: this.#values[bucket] ?? 0, time: ended / 1000 };
  }
}
