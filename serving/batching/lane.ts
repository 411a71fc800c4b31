import { ShoalError } from '../../core/errors';
import type { Run } from '../../metrics/model-series';
import type { Servable } from '../../protocol/catalog';
import type { InferResponse } from '../../protocol/infer';
import type { BatchReply } from '../../protocol/link/batch';
import { segmentsParameter } from '../../protocol/link/http-parameters';
import { NotRepeated } from '../dispatch/dispatcher';
import { LoadTooLate } from '../dispatch/loaded-in-time';
import { expire, settle, type Entry } from './entry';
import { BatchQueue, type QueueTotal } from './queue';
import { answersOf } from './reply-rows';
import { createRowShape, type RowShape } from './row-shape';
import {
  createServiceTime,
  learn,
  learnLonger,
  rowsInTime,
  type Backlog,
  type ServiceTime,
} from './service-time';

/** Entries that are under way together. */
export interface Sent {
  readonly entries: readonly Entry[];
  readonly rows: number;
  readonly sentAt: number;
}

/** Everything of one servable that waits or is under way. */
export interface Lane {
  readonly servable: Servable;
  readonly rowShape: RowShape;
  readonly queue: BatchQueue<Entry>;
  readonly sent: Set<Sent>;
  readonly service: ServiceTime;
  /** When the model was being loaded last while requests waited, clock of performance.now(). */
  load: { readonly from: number; readonly to: number };
  /** A pump is due: in this turn of the event loop, or when company has been waited for. */
  scheduled: boolean;
  /** The timer of that pump while company is waited for. */
  company: NodeJS.Timeout | undefined;
  /** No deadline in the queue is earlier than this. */
  soonest: number;
  /** When the last request came, clock of performance.now(). */
  usedAt: number;
  /** The answer to those who are refused in this moment, because making errors is slow. */
  refusal: ShoalError | undefined;
}

export function createLane(servable: Servable, total: QueueTotal): Lane {
  return {
    servable,
    rowShape: createRowShape(servable),
    queue: new BatchQueue(total),
    sent: new Set(),
    service: createServiceTime(),
    load: { from: 0, to: 0 },
    scheduled: false,
    company: undefined,
    soonest: Infinity,
    usedAt: 0,
    refusal: undefined,
  };
}

/** Rows up to which requests are put together; 0 where each runs alone. */
export function rowsTogether({ batching }: Servable): number {
  return batching.allowed ? (batching.gatherRows ?? batching.maxRows) : 0;
}

/** What leaves before a new entry of this level. */
export function backlogOf(lane: Lane, level: number, batchBytes: number, now: number): Backlog {
  const { queue, sent, servable } = lane;
  const byBytes = queue.bytes > batchBytes ? (batchBytes * queue.rows) / queue.bytes : Infinity;
  return {
    rowsBefore: queue.rowsBefore(level),
    rowsPerBatch: Math.max(1, Math.min(rowsTogether(servable), byBytes, rowsInTimeOf(lane, now))),
    slots: Math.max(1, sent.size),
  };
}

export function enqueue(lane: Lane, entry: Entry): void {
  if (entry.losses > 0) lane.queue.pushAlone(entry);
  else lane.queue.push(entry);
  lane.usedAt = entry.enqueuedAt;
  if (entry.deadline < lane.soonest) lane.soonest = entry.deadline;
}

/** Answers those under way; what their run was, or undefined where nobody could be answered. */
export function deliver(
  lane: Lane,
  { entries, rows, sentAt }: Sent,
  reply: BatchReply,
): Run | undefined {
  const now = performance.now();
  const { loadMs = 0 } = reply;
  if (loadMs > 0) lane.load = { from: sentAt, to: sentAt + loadMs };
  learn(lane.service, now - sentAt - loadMs, rows, now);
  const answers = answersOf(entries, reply, lane.servable);
  if (answers === undefined) {
    // The model did not keep rows apart: nobody can be given another's rows, so each runs alone.
    fail(lane, { entries, rows, sentAt }, rowsLost(lane.servable));
    return undefined;
  }
  const outputUs = (performance.now() - now) * 1000;
  let answeredRows = 0;
  const inFlightUs = (now - sentAt - loadMs) * 1000;
  const transferUs = Math.max(0, inFlightUs - reply.queueUs - reply.runUs);
  for (let at = 0; at < entries.length; at += 1) {
    const entry = entries[at] as Entry;
    if (entry.settled) continue;
    entry.settled = true;
    const { stages } = entry.context;
    const queueMs = sentAt - entry.enqueuedAt - waitedForLoad(lane, entry, sentAt);
    stages.queue = queueMs * 1000 + reply.queueUs;
    stages.run = reply.runUs;
    stages.transfer = transferUs;
    answeredRows += entry.rows;
    entry.resolve(answers[at] as InferResponse);
  }
  return { rows, answeredRows, transferUs, runUs: reply.runUs, outputUs };
}

/** Milliseconds in the queue while those before it waited for a load. */
function waitedForLoad({ load }: Lane, { enqueuedAt }: Entry, sentAt: number): number {
  if (enqueuedAt >= load.to) return 0;
  return Math.max(0, Math.min(sentAt, load.to) - Math.max(enqueuedAt, load.from));
}

function rowsLost({ model }: Servable): ShoalError {
  return new ShoalError(
    'run_failed',
    `model '${model}' did not give as many rows of output as it got of input`,
  );
}

/** Not so where it was not loaded in time. */
function ranTooLong(error: unknown): boolean {
  if (error instanceof LoadTooLate) return false;
  return error instanceof ShoalError && error.code === 'deadline_exceeded';
}

export function fail(lane: Lane, { entries, rows, sentAt }: Sent, error: unknown): void {
  const code = error instanceof ShoalError ? error.code : undefined;
  if (ranTooLong(error)) {
    const now = performance.now();
    learnLonger(lane.service, now - sentAt, rows, now);
  }
  const oneMayBeGuilty =
    (code === 'run_failed' || code === 'host_lost') && !(error instanceof NotRepeated);
  if (oneMayBeGuilty && entries.length > 1) {
    if (code === 'host_lost') for (const entry of entries) entry.losses += 1;
    retryAlone(lane, entries);
    return;
  }
  for (const entry of entries) settle(entry, error);
}

function retryAlone(lane: Lane, entries: readonly Entry[]): void {
  for (const entry of entries) {
    if (entry.settled) continue;
    lane.queue.pushAlone(entry);
    if (entry.deadline < lane.soonest) lane.soonest = entry.deadline;
  }
}

/** Milliseconds that the first entry still waits for company, where the model asks for that. */
export function companyWaitMs(lane: Lane): number {
  const { servable, queue } = lane;
  const { maxDelayUs } = servable.batching;
  if (maxDelayUs === 0 || queue.aloneNext) return 0;
  const now = performance.now();
  if (queue.rows >= Math.min(rowsTogether(servable), rowsInTimeOf(lane, now))) return 0;
  const first = queue.peek();
  // A batch of an inferrer's has waited there.
  if (first === undefined || first.request.parameters.has(segmentsParameter)) return 0;
  return first.enqueuedAt + maxDelayUs / 1000 - now;
}

/** Most rows of the next batch by its first caller's time; one that is filled up always takes as long. */
export function rowsInTimeOf({ queue, service, servable }: Lane, now: number): number {
  const first = queue.peek();
  if (first === undefined || servable.batching.padTo !== undefined) return Infinity;
  const { overheadRows } = servable.batching;
  return rowsInTime(service, { timeoutMs: first.deadline - first.enqueuedAt, overheadRows }, now);
}

/** Waits for no more company; whoever calls it sends what is there, or answers it. */
export function stopWaiting(lane: Lane): void {
  if (lane.company === undefined) return;
  clearTimeout(lane.company);
  lane.company = undefined;
  lane.scheduled = false;
}

export function idle(lane: Lane): boolean {
  return lane.queue.length === 0 && lane.sent.size === 0 && !lane.scheduled;
}

/** Answers those under way whose deadline has passed. */
export function expireSent(lane: Lane, now: number): void {
  for (const { entries } of lane.sent) {
    for (const entry of entries) if (entry.deadline <= now) expire(entry);
  }
}

/** Takes out of the queue whose deadline has passed or who has left, and answers them. */
export function expireWaiting(lane: Lane, now: number): void {
  let soonest = Infinity;
  const gone = lane.queue.remove((entry) => {
    if (entry.deadline <= now || entry.context.gone) return true;
    if (entry.deadline < soonest) soonest = entry.deadline;
    return false;
  });
  lane.soonest = soonest;
  for (const entry of gone) expire(entry);
}
