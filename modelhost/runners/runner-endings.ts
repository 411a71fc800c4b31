import type { RunnerEnding } from '../../protocol/cluster/heartbeat';
import type { RunnerSupervisor } from './runner-supervisor';

/** What came to their runners is said in every heartbeat: of so many of them, inferrers hear in time. */
const mostEndings = 16;

/** From now on remembers what becomes of runners; answers with the last ones, the newest last. */
export function rememberEndings(
  supervisor: Pick<RunnerSupervisor, 'onChange'>,
): () => readonly RunnerEnding[] {
  let endings: readonly RunnerEnding[] = [];
  supervisor.onChange((change) => {
    if (change.kind !== 'died' && change.kind !== 'replaced' && change.kind !== 'left') return;
    const { id } = change.runner;
    const reason = change.kind === 'died' ? change.reason : '';
    endings = [...endings, { id, kind: change.kind, reason }].slice(-mostEndings);
  });
  return () => endings;
}
