import type { LoadOrder } from './runner-supervisor';

/**
 * What a runner is for. `shared`: all versions that want none of their own. The others hold a single
 * version. `own`: one that is slow, or has killed. `tried`: one that answers requests and gets copies of
 * others. `shadow`: one that gets copies alone.
 */
export type RunnerKind = 'shared' | 'own' | 'tried' | 'shadow';

/** @param suspect it has killed a runner */
export function kindFor({ ownRunner, copies }: LoadOrder, suspect: boolean): RunnerKind {
  if (copies === 'only') return 'shadow';
  if (ownRunner || suspect) return 'own';
  return copies === 'also' ? 'tried' : 'shared';
}
