import type { Member } from '../../protocol/cluster/heartbeat';
import { known } from '../../protocol/cluster/schema';

/**
 * The hosts of the cluster in an inferrer's answer to a heartbeat; undefined where it does not tell
 * them, as it has just started or is of an earlier release.
 */
export function hostsTold(body: Buffer): readonly Member[] | undefined {
  const answer = known.safeParse(jsonIn(body.toString('utf8')));
  return answer.data?.hosts as readonly Member[] | undefined;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
