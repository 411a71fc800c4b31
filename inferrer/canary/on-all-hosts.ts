import type { KnownHost } from '../hosts/host-registry';
import { serving, servesVersion } from '../models/host-progress';
import type { Decision } from './decide';

/**
 * What becomes of a promotion: on all hosts or on none, as by request. Undefined while a host still
 * loads the version; one that cannot serve it has it taken back.
 */
export function onAllHosts(
  promotion: Decision,
  hosts: readonly KnownHost[],
  model: string,
  version: number,
): Decision | undefined {
  const progress = servesVersion(version);
  let complete = true;
  for (const { id, catalog } of serving(hosts)) {
    const entry = catalog?.models.find(({ name }) => name === model);
    const its = progress(entry);
    if (its.state === 'failed') {
      const reason = `modelhost ${id} cannot serve it: ${its.reason}`;
      return { action: 'roll_back', reason: reason.slice(0, 500) };
    }
    complete &&= its.state === 'ready';
  }
  return complete ? promotion : undefined;
}
