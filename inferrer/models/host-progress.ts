import { performance } from 'node:perf_hooks';
import type { ModelEntry } from '../../protocol/catalog';
import type { HostRegistry, KnownHost } from '../hosts/host-registry';

/** How far a host has come with a change. */
export type Progress =
  | { readonly state: 'ready' }
  | { readonly state: 'waiting' }
  | { readonly state: 'failed'; readonly reason: string };

/** A host's line in the answer to a change of the whole cluster. */
export interface HostLine {
  readonly host: string;
  readonly version: number;
  readonly state: Progress['state'];
  /** Milliseconds from the beginning of the wait until the host was ready, or until it ended. */
  readonly ms: number;
  readonly reason?: string;
}

export interface AllHosts {
  /** True where every host that is there now is ready. */
  readonly complete: boolean;
  readonly lines: readonly HostLine[];
}

/** What hosts are waited for to do. */
export interface Change {
  readonly model: string;
  readonly version: number;
  /** Judges a host by its entry of the model; undefined where it lists none. */
  readonly progress: (entry: ModelEntry | undefined) => Progress;
}

/**
 * Waits until every host that is ready, whatever hosts those are by then, has followed a change,
 * or until one has failed, or until `deadline` (performance.now). Hosts that leave or die are not
 * waited for any longer; with no host at all it waits for one.
 */
export async function allHosts(
  registry: HostRegistry,
  change: Change,
  deadline: number,
): Promise<AllHosts> {
  const began = performance.now();
  const readyAfter = new Map<string, number>();
  let lines: HostLine[] = [];
  const settled = await registry.until((hosts) => {
    lines = serving(hosts).map((host) => lineOf(host, change, { began, readyAfter }));
    if (lines.some((line) => line.state === 'failed')) return true;
    return lines.length > 0 && lines.every((line) => line.state === 'ready');
  }, deadline);
  return { complete: settled && lines.every((line) => line.state === 'ready'), lines };
}

/** The hosts that requests may go to now. */
export function serving(hosts: readonly KnownHost[]): KnownHost[] {
  return hosts.filter((host) => host.ready && !host.draining);
}

function lineOf(
  host: KnownHost,
  change: Change,
  clock: { readonly began: number; readonly readyAfter: Map<string, number> },
): HostLine {
  const { model, version } = change;
  const entry = host.catalog?.models.find((candidate) => candidate.name === model);
  const progress: Progress = host.catalog === null ? { state: 'waiting' } : change.progress(entry);
  const sofar = Math.round(performance.now() - clock.began);
  const ms = progress.state === 'ready' ? (clock.readyAfter.get(host.id) ?? sofar) : sofar;
  if (progress.state === 'ready') clock.readyAfter.set(host.id, ms);
  const line = { host: host.id, version, state: progress.state, ms };
  return progress.state === 'failed' ? { ...line, reason: progress.reason } : line;
}

/** Ready once the host serves the version. */
export function servesVersion(version: number): Change['progress'] {
  return (entry) => {
    const found = entry?.versions.find((candidate) => candidate.version === version);
    if (found?.state === 'ready') return { state: 'ready' };
    if (found?.state === 'failed') return { state: 'failed', reason: found.reason };
    return { state: 'waiting' };
  };
}

/** Ready once the host serves the version in the generation or a later one, unless that unloads it. */
export function loaded(version: number, generation: number): Change['progress'] {
  const serves = servesVersion(version);
  return (entry) => {
    if (entry === undefined || entry.generation < generation) return { state: 'waiting' };
    if (entry.unloaded === true) {
      return { state: 'failed', reason: 'it was unloaded while it was being loaded' };
    }
    return serves(entry);
  };
}

/** Ready once the host acts on the generation, or has no such model where that was `removed`. */
export function actsOn(generation: number, removed: boolean): Change['progress'] {
  return (entry) => {
    if (entry === undefined) return { state: removed ? 'ready' : 'waiting' };
    return { state: entry.generation >= generation ? 'ready' : 'waiting' };
  };
}
