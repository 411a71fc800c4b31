import { ShoalError } from '../../core/errors';
import type { Servable } from '../../protocol/catalog';
import type { Infer, InferContext, InferResponse, ResolvedRequest } from '../../protocol/infer';
import type { Batch, BatchReply } from '../../protocol/link/batch';
import { entryOf, type Entry } from './entry';
import { gather } from './gather';
import {
  admit,
  companyWaitMs,
  deliver,
  fail,
  idle,
  settle,
  sweepLane,
  type Lane,
  type QueueLimits,
} from './lane';
import { joinResponses, splitRequest } from './oversize';
import { BatchQueue } from './queue';

/** Has a batch computed; throws what the callers of the batch shall see. */
export type RunBatch = (batch: Batch, deadline: number) => Promise<BatchReply>;

export interface BatchedOptions {
  readonly runBatch: RunBatch;
  /** Batches of one servable that may be under way at once. */
  readonly slots: (servable: Servable) => number;
  readonly limits: QueueLimits;
  readonly observer: BatchObserver;
}

/** Told of every batch that leaves. */
export interface BatchObserver {
  batchSent(servable: Servable, rows: number, requests: number): void;
}

/** How often deadlines and callers who left are looked for. */
const sweepMs = 10;

/**
 * Coalesces: while all slots of a servable are taken its requests gather; when one is free they
 * leave together along the first dimension. Requests that arrive in one turn of the event loop
 * leave together even when nothing is busy; none ever waits for a timer unless the model asks so.
 *
 * Each caller gets its own rows. A batch that fails on its data, or with its host, is run again
 * one request at a time, so that only the guilty one fails.
 */
export class Batcher {
  readonly #options: BatchedOptions;
  readonly #lanes = new Map<Servable, Lane>();
  readonly #sweeper: NodeJS.Timeout;

  constructor(options: BatchedOptions) {
    this.#options = options;
    this.#sweeper = setInterval(() => {
      this.#sweep();
    }, sweepMs);
    this.#sweeper.unref();
  }

  /** The spine's part: answers when the request's rows have come back. */
  readonly infer: Infer<ResolvedRequest> = (request, context) => {
    const parts = splitRequest(request);
    if (parts === undefined) return this.#enqueue(request, context);
    return Promise.all(parts.map((part) => this.#enqueue(part, context))).then(joinResponses);
  };

  /** What waits, per servable; for the gauges. */
  waiting(): { readonly servable: Servable; readonly rows: number; readonly bytes: number }[] {
    return [...this.#lanes.values()].map(({ servable, queue }) => ({
      servable,
      rows: queue.rows,
      bytes: queue.bytes,
    }));
  }

  /** Answers everything that is still waiting with `shutting_down` and stops the clock. */
  close(): void {
    clearInterval(this.#sweeper);
    const error = new ShoalError('shutting_down', 'the server is stopping');
    for (const { queue } of this.#lanes.values()) {
      for (const entry of queue.remove(() => true)) settle(entry, error);
    }
  }

  #enqueue(request: ResolvedRequest, context: InferContext): Promise<InferResponse> {
    return new Promise((resolve, reject) => {
      const lane = this.#laneOf(request.servable);
      const entry = entryOf(request, context, { resolve, reject });
      admit(lane, entry, this.#options.limits);
      lane.queue.push(entry);
      if (lane.scheduled || !this.#hasSlot(lane)) return;
      lane.scheduled = true;
      setImmediate(this.#pump, lane);
    });
  }

  #laneOf(servable: Servable): Lane {
    let lane = this.#lanes.get(servable);
    if (lane === undefined) {
      lane = { servable, queue: new BatchQueue(), sent: new Set(), scheduled: false };
      this.#lanes.set(servable, lane);
    }
    return lane;
  }

  #hasSlot(lane: Lane): boolean {
    return lane.sent.size < this.#options.slots(lane.servable);
  }

  readonly #pump = (lane: Lane): void => {
    lane.scheduled = false;
    const { batching } = lane.servable;
    while (lane.queue.length > 0 && this.#hasSlot(lane)) {
      const waitMs = companyWaitMs(lane);
      if (waitMs > 0) {
        lane.scheduled = true;
        setTimeout(this.#pump, Math.ceil(waitMs), lane);
        return;
      }
      const maxRows = batching.allowed ? (batching.gatherRows ?? batching.maxRows) : 0;
      void this.#send(lane, lane.queue.take(maxRows, this.#options.limits.batchBytes));
    }
  };

  async #send(lane: Lane, entries: Entry[]): Promise<void> {
    lane.sent.add(entries);
    const sentAt = performance.now();
    const { batch, deadline } = gather(lane.servable, entries, sentAt);
    this.#options.observer.batchSent(lane.servable, batch.rows, entries.length);
    try {
      const reply = await this.#options.runBatch(batch, deadline);
      deliver(lane, entries, reply, sentAt);
    } catch (error) {
      fail(lane, entries, error);
    }
    lane.sent.delete(entries);
    if (!lane.scheduled) this.#pump(lane);
  }

  #sweep(): void {
    const now = performance.now();
    for (const lane of this.#lanes.values()) {
      if (idle(lane)) this.#lanes.delete(lane.servable);
      else sweepLane(lane, now);
    }
  }
}
