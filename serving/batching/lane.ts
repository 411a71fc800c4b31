import { ShoalError } from '../../core/errors';
import type { Servable } from '../../protocol/catalog';
import type { InferResponse } from '../../protocol/infer';
import type { BatchReply } from '../../protocol/link/batch';
import type { Entry } from './entry';
import type { BatchQueue } from './queue';
import { answersOf } from './reply-rows';

/** Everything of one servable that waits or is under way. */
export interface Lane {
  readonly servable: Servable;
  readonly queue: BatchQueue<Entry>;
  readonly sent: Set<readonly Entry[]>;
  /** A pump is due: in this turn of the event loop, or when company has been waited for. */
  scheduled: boolean;
}

export interface QueueLimits {
  /** Rows and bytes that may wait for one servable; more is refused with `overloaded`. */
  readonly queueRows: number;
  readonly queueBytes: number;
  /** Bytes above which a batch takes no further company. */
  readonly batchBytes: number;
}

export function admit(lane: Lane, entry: Entry, limits: QueueLimits): void {
  if (entry.deadline <= entry.enqueuedAt) throw tooLate(entry);
  const { rows, bytes } = lane.queue;
  const empty = lane.queue.length === 0;
  if (empty || (rows + entry.rows <= limits.queueRows && bytes + entry.bytes <= limits.queueBytes))
    return;
  throw new ShoalError(
    'overloaded',
    `the queue of model '${lane.servable.model}' is full: ${rows} rows and ${bytes} bytes wait, ` +
      `at most ${limits.queueRows} rows and ${limits.queueBytes} bytes may; try again later`,
    { retryAfter: 1 },
  );
}

export function deliver(
  lane: Lane,
  entries: readonly Entry[],
  reply: BatchReply,
  sentAt: number,
): void {
  const answers = answersOf(entries, reply, lane.servable);
  if (answers === undefined) {
    // The model did not keep rows apart: nobody can be given another's rows, so each runs alone.
    retryAlone(lane, entries);
    return;
  }
  const inFlightUs = (performance.now() - sentAt) * 1000;
  for (const [at, entry] of entries.entries()) {
    if (entry.settled) continue;
    entry.settled = true;
    const { stages } = entry.context;
    stages.queue = (sentAt - entry.enqueuedAt) * 1000 + reply.queueUs;
    stages.run = reply.runUs;
    stages.transfer = Math.max(0, inFlightUs - reply.queueUs - reply.runUs);
    entry.resolve(answers[at] as InferResponse);
  }
}

export function fail(lane: Lane, entries: readonly Entry[], error: unknown): void {
  const oneMayBeGuilty =
    error instanceof ShoalError && (error.code === 'run_failed' || error.code === 'host_lost');
  if (oneMayBeGuilty && entries.length > 1) retryAlone(lane, entries);
  else for (const entry of entries) settle(entry, error);
}

function retryAlone(lane: Lane, entries: readonly Entry[]): void {
  for (const entry of [...entries].reverse()) {
    if (entry.settled) continue;
    entry.alone = true;
    lane.queue.unshift(entry);
  }
}

export function settle(entry: Entry, error: unknown): void {
  if (entry.settled) return;
  entry.settled = true;
  entry.reject(error);
}

/** Milliseconds that the first entry still waits for company, where the model asks for that. */
export function companyWaitMs({ servable, queue }: Lane): number {
  const { maxDelayUs, maxRows } = servable.batching;
  const first = queue.peek();
  if (maxDelayUs === 0 || first === undefined || queue.rows >= maxRows) return 0;
  return first.enqueuedAt + maxDelayUs / 1000 - performance.now();
}

export function idle(lane: Lane): boolean {
  return lane.queue.length === 0 && lane.sent.size === 0 && !lane.scheduled;
}

/** Answers callers whose deadline has passed and forgets those who have left. */
export function sweepLane(lane: Lane, now: number): void {
  const over = (entry: Entry): boolean => entry.deadline <= now;
  for (const entry of lane.queue.remove((entry) => over(entry) || entry.context.gone)) {
    settle(entry, over(entry) ? tooLate(entry) : callerLeft());
  }
  for (const entries of lane.sent) {
    for (const entry of entries) if (over(entry)) settle(entry, tooLate(entry));
  }
}

function tooLate(entry: Entry): ShoalError {
  return new ShoalError(
    'deadline_exceeded',
    `model '${entry.request.model}' did not answer before the request's deadline`,
  );
}

function callerLeft(): ShoalError {
  return new ShoalError('client_closed', 'the caller closed the connection before the answer');
}
