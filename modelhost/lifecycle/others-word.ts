import { ShoalError } from '../../core/errors';
import type { Member } from '../../protocol/cluster/heartbeat';
import { placedKey } from '../../protocol/placement';

/**
 * What other hosts say of a version that this one has loaded and that is to be the default: it can be,
 * or they are still at it, or one of them cannot load it.
 */
export type OthersWord = 'can be' | 'wait' | ShoalError;

/** @param others that are to have the version; undefined while nothing is known of them */
export function othersWord(
  others: readonly Member[] | undefined,
  model: string,
  version: number,
): OthersWord {
  if (others === undefined) return 'wait';
  const key = placedKey(model, version);
  let all = true;
  for (const { id, successors } of others) {
    // A host of an earlier release does not say.
    const reason = successors === undefined ? '' : successors[key];
    if (reason === undefined) all = false;
    else if (reason !== '') return notOnAll(model, version, { id, reason });
  }
  return all ? 'can be' : 'wait';
}

function notOnAll(
  model: string,
  version: number,
  { id, reason }: { readonly id: string; readonly reason: string },
): ShoalError {
  return new ShoalError(
    'conflict',
    `Version ${version} of '${model}' is not the default, as modelhost ${id} cannot load it: ${reason}`,
  );
}
