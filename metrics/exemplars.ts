/** A request that a bucket has counted of late. */
export interface Exemplar {
  readonly requestId: string;
  readonly value: number;
  /** Seconds since 1970. */
  readonly time: number;
}

/** A bucket's exemplar is replaced when it is so old, in milliseconds: scrapes are rarer. */
const freshMs = 1000;

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
    this.#endedAt = new Float64Array(buckets).fill(-Infinity);
  }

  /**
   * On the way of every request, which took `ms`. To keep it costs more than to look whether a fresh
   * one is there.
   */
  note(bucket: number, value: number, request: ObservedRequest, ms: number): void {
    const endedAt = request.arrivedAt + ms;
    if (endedAt - (this.#endedAt[bucket] ?? 0) < freshMs) return;
    this.#requestIds[bucket] = request.requestId;
    this.#values[bucket] = value;
    this.#endedAt[bucket] = endedAt;
  }

  of(bucket: number): Exemplar | undefined {
    const requestId = this.#requestIds[bucket] ?? '';
    if (requestId === '') return undefined;
    const ended = performance.timeOrigin + (this.#endedAt[bucket] ?? 0);
    return { requestId, value: this.#values[bucket] ?? 0, time: ended / 1000 };
  }
}
