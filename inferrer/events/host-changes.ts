import type { HostCatalog, VersionEntry, VersionState } from '../../protocol/catalog';
import type { RunnerEnding } from '../../protocol/cluster/heartbeat';
import type { Change } from './change';
import { isServing, type HostSnapshot } from './cluster-snapshot';

/** What has become of one host, its runners and what it has loaded. */
export function hostChanges(
  was: HostSnapshot | undefined,
  is: HostSnapshot | undefined,
): readonly Change[] {
  if (is === undefined) return was === undefined ? [] : [{ name: 'host.left', data: nameOf(was) }];
  if (was === undefined) {
    const joined: Change = { name: 'host.joined', data: { ...nameOf(is), runners: is.runners } };
    return is.state === 'starting' ? [joined] : [joined, stateChange(is)];
  }
  return [
    ...(was.state === is.state ? [] : [stateChange(is)]),
    ...runnerChanges(was, is),
    ...versionChanges(was, is),
  ];
}

function nameOf({ id }: HostSnapshot): { readonly host: string } {
  return { host: id };
}

function stateChange(host: HostSnapshot): Change {
  return { name: `host.${host.state}`, data: nameOf(host) };
}

function runnerChanges(was: HostSnapshot, is: HostSnapshot): readonly Change[] {
  const told = (ending: RunnerEnding): boolean => was.endings.some((one) => same(one, ending));
  const explained = new Set(is.endings.map(({ id }) => id));
  const started = is.runners.filter((id) => !was.runners.includes(id));
  const gone = was.runners.filter((id) => !is.runners.includes(id) && !explained.has(id));
  return [
    ...is.endings.filter((ending) => !told(ending)).map((ending) => ended(is, ending)),
    ...started.map((runner): Change => {
      return { name: 'runner.started', data: { ...nameOf(is), runner } };
    }),
    ...gone.map((id) => ended(is, { id, kind: 'left', reason: '' })),
  ];
}

function ended(host: HostSnapshot, { id, kind, reason }: RunnerEnding): Change {
  const data = { ...nameOf(host), runner: id, ...(reason === '' ? {} : { reason }) };
  return { name: `runner.${kind}`, data };
}

function same(one: RunnerEnding, other: RunnerEnding): boolean {
  return one.id === other.id && one.kind === other.kind;
}

/** What a host has in memory when it becomes ready is no change, nor what it gives up when it leaves. */
function versionChanges(was: HostSnapshot, is: HostSnapshot): readonly Change[] {
  if (was.catalog === is.catalog || !isServing(was) || !isServing(is)) return [];
  const old = versionsOf(was.catalog);
  const changes: Change[] = [];
  for (const [key, found] of versionsOf(is.catalog)) {
    const before = old.get(key)?.state;
    old.delete(key);
    if (before !== found.state) changes.push(...versionChange(is, before, found));
  }
  for (const gone of old.values()) {
    if (gone.state === 'ready') changes.push(unloaded(is, gone));
  }
  return changes;
}

interface HostVersion extends Pick<VersionEntry, 'version' | 'state' | 'reason'> {
  readonly model: string;
}

function versionsOf(catalog: HostCatalog | null): Map<string, HostVersion> {
  const all = (catalog?.models ?? []).flatMap(({ name: model, versions }) =>
    versions.map(
      ({ version, state, reason }) =>
        [`${model}:${version}`, { model, version, state, reason }] as const,
    ),
  );
  return new Map(all);
}

function versionChange(
  host: HostSnapshot,
  was: VersionState | undefined,
  is: HostVersion,
): readonly Change[] {
  const data = { model: is.model, version: is.version, ...nameOf(host) };
  if (is.state === 'ready') return [{ name: 'version.loaded', data }];
  if (is.state === 'failed') {
    return [{ name: 'version.failed', data: { ...data, reason: is.reason.slice(0, 500) } }];
  }
  return was === 'ready' ? [unloaded(host, is)] : [];
}

function unloaded(host: HostSnapshot, { model, version }: HostVersion): Change {
  return { name: 'version.unloaded', data: { model, version, ...nameOf(host) } };
}
