import type { ShoalError } from '../../core/errors';
import { settle, type Entry } from './entry';
import { backlogOf, type Lane } from './lane';
import { levelCount } from './priority-level';
import type { QueueTotal } from './queue';
import { cannotMeet, displaced, queueFull, queuesFull, tooLate } from './refusals';
import { retryAfter, tooSlow } from './service-time';
import type { QueueLimits } from './settings';

/** Why a request was refused: no room, no time, or a more urgent one took its place. */
export type RefusalReason = 'full' | 'late' | 'displaced';

/** Told of every request that is refused. */
export type ObserveRefusal = (lane: Lane, reason: RefusalReason) => void;

/**
 * Lets requests into the queues, within the limits of each and of all together. Who cannot be
 * answered in time is refused at once instead of late. Where a queue is full a more urgent request
 * takes the place of the least urgent; where all are, one of a short queue that of one of the longest.
 */
export class Admission {
  readonly #limits: QueueLimits;
  readonly #observe: ObserveRefusal;
  /** What waits in all queues, which count in it. */
  readonly total: QueueTotal = { bytes: 0 };

  constructor(limits: QueueLimits, observe: ObserveRefusal) {
    this.#limits = limits;
    this.#observe = observe;
  }

  /** Throws the refusal; `lanes` are all there are. */
  admit(lane: Lane, entry: Entry, lanes: Iterable<Lane>): void {
    const { queue } = lane;
    const { queueRows, queueBytes, totalBytes } = this.#limits;
    if (entry.deadline <= entry.enqueuedAt) throw tooLate(entry.request.model);
    if (queue.length > 0) {
      if (!lane.scheduled && this.#late(lane, entry)) throw this.#refuse(lane, 'late');
      const rows = queue.rows + entry.rows - queueRows;
      const bytes = queue.bytes + entry.bytes - queueBytes;
      if ((rows > 0 || bytes > 0) && !this.#makeRoom(lane, entry.level, { rows, bytes })) {
        throw this.#refuse(lane, 'full');
      }
    }
    const over = this.total.bytes + entry.bytes - totalBytes;
    if (over > 0 && this.total.bytes > 0) this.#makeRoomAmong(lanes, lane, entry, over);
  }

  /** Refuses one that has waited and cannot be answered in time any more. */
  giveUp(lane: Lane, entry: Entry): void {
    settle(entry, this.#refuse(lane, 'late'));
  }

  #late(lane: Lane, entry: Entry): boolean {
    const now = entry.enqueuedAt;
    const backlog = backlogOf(lane, entry.level, this.#limits.batchBytes, now);
    return tooSlow(lane.service, backlog, { now, leftMs: entry.deadline - now });
  }

  #makeRoom(lane: Lane, level: number, wanted: { rows: number; bytes: number }): boolean {
    const gone = lane.queue.displace(level, wanted.rows, wanted.bytes);
    this.#displaced(lane, gone);
    return gone.length > 0;
  }

  #makeRoomAmong(lanes: Iterable<Lane>, own: Lane, entry: Entry, over: number): void {
    let longest = own;
    for (const lane of lanes) if (lane.queue.bytes > longest.queue.bytes) longest = lane;
    const shorter = own.queue.bytes + entry.bytes < longest.queue.bytes - over;
    const gone = shorter ? longest.queue.displace(-1, 0, over) : [];
    this.#displaced(longest, gone);
    if (gone.length === 0) {
      this.#observe(own, 'full');
      throw queuesFull(own.servable, this.#limits, this.#crowd(own));
    }
  }

  #displaced(lane: Lane, gone: readonly Entry[]): void {
    if (gone.length === 0) return;
    const error = displaced(lane.servable, this.#crowd(lane));
    for (const entry of gone) {
      settle(entry, error);
      this.#observe(lane, 'displaced');
    }
  }

  #refuse(lane: Lane, reason: 'full' | 'late'): ShoalError {
    this.#observe(lane, reason);
    return (lane.refusal ??=
      reason === 'full'
        ? queueFull(lane.servable, this.#limits, this.#crowd(lane))
        : cannotMeet(lane.servable, this.#crowd(lane)));
  }

  #crowd(lane: Lane): { rows: number; bytes: number; retryAfter: number } {
    const { rows, bytes } = lane.queue;
    const now = performance.now();
    const backlog = backlogOf(lane, levelCount - 1, this.#limits.batchBytes, now);
    return { rows, bytes, retryAfter: retryAfter(lane.service, backlog, now) };
  }
}
