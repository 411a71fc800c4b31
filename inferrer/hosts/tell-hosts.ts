import type { Member } from '../../protocol/cluster/heartbeat';
import type { HostDirectory } from './host-directory';

export interface TellHostsOptions {
  readonly directory: Pick<HostDirectory, 'hosts' | 'onChange'>;
  /** Milliseconds that only rise. */
  readonly clock: () => number;
}

/**
 * All hosts have told of themselves when an inferrer has been there for so long, in milliseconds: those
 * that know no inferrer look for one several times a second.
 */
const completeMs = 2_000;

/**
 * The hosts as others are told of them: not by an inferrer that has just started, which does not know
 * them all yet. `onChange` is called when one comes, goes, or is about to, or others wait for its word.
 */
export function createTellHosts(
  { directory, clock }: TellHostsOptions,
  onChange: () => void,
): () => { hosts?: readonly Member[] } {
  const completeAt = clock() + completeMs;
  let before = '';
  directory.onChange(() => {
    const lasting = directory.hosts().map(({ member: { id, labels, successors, leaving } }) => {
      return { id, labels, successors, leaving };
    });
    const now = JSON.stringify(lasting);
    if (now !== before) onChange();
    before = now;
  });
  return () => {
    if (clock() < completeAt) return {};
    return { hosts: directory.hosts().map(({ member }) => member) };
  };
}
