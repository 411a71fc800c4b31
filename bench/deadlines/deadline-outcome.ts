import type { Answer } from '../load/answer-reader';

/** What became of a request to a model that takes longer than it has. */
export type DeadlineOutcome = 'ended' | 'refused' | 'other';

/** Until when a request is to be answered, and with what then. */
export interface Deadline {
  readonly deadlineMs: number;
  /** With the model's default answer; otherwise with 504. */
  readonly hasDefault: boolean;
}

/** A default answer that comes before the deadline stands for another error. */
export function deadlineOutcome(
  { status, isDefault }: Answer,
  tookMs: number,
  { deadlineMs, hasDefault }: Deadline,
): DeadlineOutcome {
  if (status === 503) return 'refused';
  const wanted = hasDefault ? status === 200 && isDefault : status === 504;
  return wanted && tookMs >= deadlineMs ? 'ended' : 'other';
}
