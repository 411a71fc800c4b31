import type { Answer } from '../load/answer-reader';

/** What became of a request to a model that takes longer than it has. */
export type DeadlineOutcome = 'ended' | 'refused' | 'other';

/** A default answer that comes before the deadline stands for another error. */
export function deadlineOutcome(
  { status, isDefault }: Answer,
  tookMs: number,
  deadlineMs: number,
): DeadlineOutcome {
  if (status === 503) return 'refused';
  const passed = status === 504 || (status === 200 && isDefault);
  return passed && tookMs >= deadlineMs ? 'ended' : 'other';
}
