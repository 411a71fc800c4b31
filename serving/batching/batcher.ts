import { ShoalError } from '../../core/errors';
import type { Run } from '../../metrics/model-series';
import type { Servable } from '../../protocol/catalog';
import type { Infer, InferContext, InferResponse, ResolvedRequest } from '../../protocol/infer';
import type { Batch, BatchReply } from '../../protocol/link/batch';
import { Admission, type RefusalReason } from './admission';
import { entryOf, expire, settle, type Entry } from './entry';
import { gather } from './gather';
import {
  companyWaitMs,
  createLane,
  deliver,
  enqueue,
  expireSent,
  expireWaiting,
  fail,
  idle,
  rowsInTimeOf,
  rowsTogether,
  stopWaiting,
  type Lane,
} from './lane';
import { joinResponses, splitRequest } from './oversize';
import { leastMs } from './service-time';
import type { QueueLimits } from './settings';
import { withData } from './with-data';

/** Has a batch computed; throws what the callers of the batch shall see. */
export type RunBatch = (batch: Batch, deadline: number) => Promise<BatchReply>;

export interface BatchedOptions {
  readonly runBatch: RunBatch;
  /** Batches of one servable that may be under way at once. */
  readonly slots: (servable: Servable) => number;
  readonly limits: QueueLimits;
  readonly observer: BatchObserver;
}

/** Told of every batch that leaves and of every request that is refused. */
export interface BatchObserver {
  /** `padding` counts the rows that the batch was filled up with. */
  batchSent(servable: Servable, rows: number, requests: number, padding: number): void;
  /** A run has ended well. */
  ran(servable: Servable, run: Run): void;
  refused(servable: Servable, reason: RefusalReason): void;
}

/** How often deadlines are looked at. */
const sweepMs = 10;
/** One sweep in so many also looks for callers who have left. */
const goneEvery = 5;
/** A servable that nobody has asked for this long is forgotten, with what was learnt of it. */
const forgetMs = 30_000;

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
  readonly #admission: Admission;
  readonly #lanes = new Map<Servable, Lane>();
  readonly #sweeper: NodeJS.Timeout;
  /** The lane of the request before: mostly that of the next, too. */
  #latest: Lane | undefined;
  #sweeps = 0;

  constructor(options: BatchedOptions) {
    this.#options = options;
    this.#admission = new Admission(options.limits, ({ servable }, reason) => {
      options.observer.refused(servable, reason);
    });
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

  /** What waits, per servable; `copyRows` of the rows for no answer. */
  waiting(): ({ readonly servable: Servable } & Record<'rows' | 'copyRows' | 'bytes', number>)[] {
    return [...this.#lanes.values()].map(({ servable, queue }) => ({
      servable,
      rows: queue.rows,
      copyRows: queue.copyRows,
      bytes: queue.bytes,
    }));
  }

  /** Answers everything that is still waiting with `shutting_down` and stops the clock. */
  close(): void {
    clearInterval(this.#sweeper);
    const error = new ShoalError('shutting_down', 'the server is stopping');
    for (const lane of this.#lanes.values()) {
      stopWaiting(lane);
      for (const entry of lane.queue.remove(() => true)) settle(entry, error);
    }
  }

  #enqueue(request: ResolvedRequest, context: InferContext): Promise<InferResponse> {
    return new Promise((resolve, reject) => {
      const lane = this.#laneOf(request.servable);
      const entry = entryOf(request, context, lane.rowShape, { resolve, reject });
      this.#admission.admit(lane, entry, this.#lanes.values());
      enqueue(lane, entry);
      if (lane.company !== undefined && companyWaitMs(lane) <= 0) stopWaiting(lane);
      if (lane.scheduled || !this.#hasSlot(lane)) return;
      lane.scheduled = true;
      setImmediate(this.#pump, lane);
    });
  }

  #laneOf(servable: Servable): Lane {
    if (this.#latest?.servable === servable) return this.#latest;
    let lane = this.#lanes.get(servable);
    if (lane === undefined) {
      lane = createLane(servable, this.#admission.total);
      this.#lanes.set(servable, lane);
    }
    this.#latest = lane;
    return lane;
  }

  #hasSlot(lane: Lane): boolean {
    return lane.sent.size < this.#options.slots(lane.servable);
  }

  readonly #pump = (lane: Lane): void => {
    stopWaiting(lane);
    lane.scheduled = false;
    const maxRows = rowsTogether(lane.servable);
    while (lane.queue.length > 0 && this.#hasSlot(lane)) {
      const waitMs = companyWaitMs(lane);
      if (waitMs > 0) {
        lane.scheduled = true;
        lane.company = setTimeout(this.#pump, Math.ceil(waitMs), lane);
        return;
      }
      const rows = Math.min(maxRows, rowsInTimeOf(lane, performance.now()));
      void this.#send(lane, lane.queue.take(rows, this.#options.limits.batchBytes));
    }
  };

  async #send(lane: Lane, taken: Entry[]): Promise<void> {
    const sentAt = performance.now();
    const inTime = this.#inTime(lane, taken, sentAt);
    const alone = inTime.length === 1 && lane.servable.batching.padTo === undefined;
    const entries = alone ? inTime : withData(inTime);
    if (entries.length === 0) return;
    const { batch, deadline } = gather(lane.servable, entries, sentAt);
    const sent = { entries, rows: batch.rows, sentAt };
    lane.sent.add(sent);
    const { padTo = batch.rows } = lane.servable.batching;
    const { observer } = this.#options;
    observer.batchSent(lane.servable, batch.rows, entries.length, padTo - batch.rows);
    try {
      const run = deliver(lane, sent, await this.#options.runBatch(batch, deadline));
      if (run !== undefined) observer.ran(lane.servable, run);
    } catch (error) {
      fail(lane, sent, error);
    }
    lane.sent.delete(sent);
    if (!lane.scheduled || lane.company !== undefined) this.#pump(lane);
  }

  /**
   * Without those whose caller has gone or will not wait for long enough. While others wait, work
   * that comes too late would make the next come too late as well.
   */
  #inTime(lane: Lane, taken: Entry[], now: number): Entry[] {
    const neededMs = lane.queue.length > 0 ? leastMs(lane.service, rowsOf(taken), now) : 0;
    let dropped = false;
    for (const entry of taken) {
      if (entry.deadline > now + neededMs && !entry.context.gone) continue;
      if (entry.deadline > now && !entry.context.gone) this.#admission.giveUp(lane, entry);
      else expire(entry);
      dropped = true;
    }
    return dropped ? taken.filter((entry) => !entry.settled) : taken;
  }

  #sweep(): void {
    const now = performance.now();
    this.#sweeps = (this.#sweeps + 1) % goneEvery;
    for (const lane of this.#lanes.values()) {
      lane.refusal = undefined;
      if (idle(lane)) {
        if (now - lane.usedAt > forgetMs) this.#forget(lane);
        continue;
      }
      expireSent(lane, now);
      if (lane.soonest <= now || this.#sweeps === 0) expireWaiting(lane, now);
    }
  }

  #forget(lane: Lane): void {
    this.#lanes.delete(lane.servable);
    if (this.#latest === lane) this.#latest = undefined;
  }
}

function rowsOf(entries: readonly Entry[]): number {
  let rows = 0;
  for (const entry of entries) rows += entry.rows;
  return rows;
}
