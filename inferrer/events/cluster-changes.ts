import { inOrder, type Change } from './change';
import type { ClusterSnapshot, HostSnapshot } from './cluster-snapshot';
import { hostChanges } from './host-changes';
import { modelChanges } from './model-changes';

/**
 * What has happened from one moment to the next, in the order in which it is told. Of what has changed
 * more than once in between, only where it has led to is seen. Models that were not known before are
 * no change.
 */
export function clusterChanges(before: ClusterSnapshot, now: ClusterSnapshot): readonly Change[] {
  const changes = byKey(before.hosts, now.hosts, keyOf, hostChanges);
  if (before.models !== null && now.models !== null) {
    changes.push(...byKey(before.models, now.models, ({ name }) => name, modelChanges));
  }
  return inOrder(changes);
}

/** A host that was started again under the same id is another one. */
function keyOf({ id, url }: HostSnapshot): string {
  return `${id} ${url}`;
}

/** What has become of each thing that is there before or now; the same object has not changed. */
function byKey<Thing>(
  before: readonly Thing[],
  now: readonly Thing[],
  key: (thing: Thing) => string,
  changes: (was: Thing | undefined, is: Thing | undefined) => readonly Change[],
): Change[] {
  const old = new Map(before.map((thing) => [key(thing), thing]));
  const found: Change[] = [];
  for (const thing of now) {
    const was = old.get(key(thing));
    old.delete(key(thing));
    if (was !== thing) found.push(...changes(was, thing));
  }
  for (const was of old.values()) found.push(...changes(was, undefined));
  return found;
}
