/** How long the batches of one servable take, learnt from those that have come back. */
export interface ServiceTime {
  /** From the sending of a batch to its answer, in milliseconds; 0 while unknown. */
  batchMs: number;
  /** Rows of those batches. */
  batchRows: number;
  /** When that was last learnt, clock of performance.now(). */
  learntAt: number;
}

/** What is waiting in front of a new request, and how it leaves. */
export interface Backlog {
  readonly rowsBefore: number;
  /** Most rows that leave together. */
  readonly rowsPerBatch: number;
  /** Batches that are under way at once. */
  readonly slots: number;
}

/** Weight of the newest batch, so that about the last ten count. */
const weight = 0.2;
/** One batch that waited for a dead host must not look like a slow model. */
const mostTimesSlower = 4;
/** What was learnt longer ago than this says nothing of now, in milliseconds. */
const staleMs = 5_000;
/** Answers that come just in time are as often too late: work that nobody waits for any more. */
const safety = 1.25;
/** Share of the usual time that the shortest batches take. */
const shortest = 0.8;
/** Share of its callers' time that a batch may be under way; the rest is for waiting. */
const underWayShare = 0.25;
/** How much longer than with a single row a run may take in any case. */
const mostLonger = 1.25;
/** What a run costs beside its rows where nobody has measured it, in rows. */
const unknownOverheadRows = 1;
const longestRetryAfter = 30;

export function createServiceTime(): ServiceTime {
  return { batchMs: 0, batchRows: 0, learntAt: 0 };
}

/** A batch of so many rows has come back. */
export function learn(service: ServiceTime, tookMs: number, rows: number, now: number): void {
  const { batchMs, batchRows } = service;
  const known = batchMs > 0 && fresh(service, now);
  const counted = Math.min(tookMs, batchMs * mostTimesSlower);
  service.batchMs = known ? batchMs + (counted - batchMs) * weight : tookMs;
  service.batchRows = known ? batchRows + (rows - batchRows) * weight : rows;
  service.learntAt = now;
}

/** A batch of so many rows was given up: it would have taken longer. */
export function learnLonger(service: ServiceTime, tookMs: number, rows: number, now: number): void {
  if (tookMs > service.batchMs) learn(service, tookMs, rows, now);
}

/**
 * Milliseconds until a request behind this backlog is answered, or 0 where that is not known. Rather
 * too short than too long: larger batches than usual are taken to last no longer, smaller ones to
 * last as much less as they have less rows.
 */
export function expectedMs(service: ServiceTime, backlog: Backlog, now: number): number {
  if (service.batchMs === 0 || !fresh(service, now)) return 0;
  const batchesBefore = Math.floor(backlog.rowsBefore / backlog.rowsPerBatch);
  const ownRows = Math.min(backlog.rowsBefore + 1, backlog.rowsPerBatch);
  return (batchesBefore / backlog.slots + share(service, ownRows)) * service.batchMs;
}

function share({ batchRows }: ServiceTime, rows: number): number {
  return rows < batchRows ? rows / batchRows : 1;
}

/** Whose batch it is. */
export interface BatchTerms {
  /** The time that its callers have from beginning to end. */
  readonly timeoutMs: number;
  /** What a run costs beside its rows, in rows: see `Batching.overheadRows`. */
  readonly overheadRows: number | undefined;
}

/**
 * Most rows of a batch, which takes as long as so many rows and its overhead do. Larger ones are
 * under way for nearly all of their callers' time: a little later than usual, and all of them are too
 * late, with the runners busy for nobody, which makes the next ones late as well. No limit where
 * nothing is known.
 */
export function rowsInTime(service: ServiceTime, terms: BatchTerms, now: number): number {
  if (service.batchMs === 0 || !fresh(service, now)) return Infinity;
  const { timeoutMs, overheadRows = unknownOverheadRows } = terms;
  const rowMs = service.batchMs / (overheadRows + service.batchRows);
  const mostMs = Math.max(timeoutMs * underWayShare, mostLonger * rowMs * (overheadRows + 1));
  return Math.max(1, Math.floor(mostMs / rowMs - overheadRows));
}

/** Milliseconds in which so many rows hardly ever come back; 0 where nothing is known. */
export function leastMs(service: ServiceTime, rows: number, now: number): number {
  return fresh(service, now) ? service.batchMs * share(service, rows) * shortest : 0;
}

/** True where a request behind this backlog will hardly be answered within so many milliseconds. */
export function tooSlow(
  service: ServiceTime,
  backlog: Backlog,
  time: { readonly now: number; readonly leftMs: number },
): boolean {
  return expectedMs(service, backlog, time.now) * safety > time.leftMs;
}

/** Whole seconds until the backlog has been worked off, from 1 to 30. */
export function retryAfter(service: ServiceTime, backlog: Backlog, now: number): number {
  const seconds = Math.ceil(expectedMs(service, backlog, now) / 1000);
  return Math.min(Math.max(seconds, 1), longestRetryAfter);
}

function fresh({ batchMs, learntAt }: ServiceTime, now: number): boolean {
  return now - learntAt <= Math.max(staleMs, 3 * batchMs);
}
