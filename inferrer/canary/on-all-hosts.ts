import type { KnownHost } from '../hosts/host-registry';
import { isDone, serving, servesVersion } from '../models/host-progress';
import type { Decision } from './decide';

/** What is to become of a canary now. */
export interface Outcome {
  /** Undefined: nothing yet. */
  readonly decision?: Decision | undefined;
  /** In words, what a decision waits for that is made otherwise. */
  readonly waits?: string | undefined;
}

/**
 * What becomes of a promotion: on all hosts or on none, as by request. It waits while a host that is to
 * have the version does not serve it yet; one that cannot has it taken back.
 */
export function onAllHosts(
  promotion: Decision,
  hosts: readonly KnownHost[],
  model: string,
  version: number,
): Outcome {
  const progress = servesVersion(version);
  const lines = serving(hosts).map(({ id, catalog }) => {
    return { id, ...progress(catalog?.models.find(({ name }) => name === model)) };
  });
  for (const line of lines) {
    if (line.state !== 'failed') continue;
    const reason = `modelhost ${line.id} cannot serve it: ${line.reason}`;
    return { decision: { action: 'roll_back', reason: reason.slice(0, 500) } };
  }
  const behind = lines.filter((line) => !isDone(line)).map(({ id }) => id);
  const some = lines.some(({ state }) => state === 'ready');
  if (behind.length === 0 && some) return { decision: promotion };
  const who = behind.length === 0 ? 'a modelhost' : `modelhost ${behind.join(', ')}`;
  return { waits: `to be the default it waits for ${who} to serve it` };
}
