import { performance } from 'node:perf_hooks';
import { isServed, type ModelEntry, type VersionEntry } from '../../protocol/catalog';
import type { HostRegistry, KnownHost } from '../hosts/host-registry';

/** How far a host has come with a change. */
export type Progress =
  | { readonly state: 'ready' }
  | { readonly state: 'waiting' }
  /** Others are to have the version. */
  | { readonly state: 'elsewhere' }
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
  /** True where every host that is there now, and is to have the version, is ready. */
  readonly complete: boolean;
  readonly lines: readonly HostLine[];
}

/** What hosts are waited for to do. */
export interface Change {
  readonly model: string;
  readonly version: number;
  /** Judges a host by its entry of the model; undefined where it lists none. */
  readonly progress: (entry: ModelEntry | undefined) => Progress;
  /** The version is to get a name: a host follows when it has had it loaded once. */
  readonly loads?: Loads;
  /** Told of each host once, when it has followed. */
  readonly onReady?: (host: string, ms: number) => void;
}

/** Loads that hosts are asked for, as they would load the version only when somebody asks for it. */
export interface Loads {
  /** How far the host has come with it; undefined where there is nothing to ask it for. */
  progressOf(host: KnownHost): Progress | undefined;
  /** The host is to be asked now. */
  isDue(host: KnownHost): boolean;
  /** Resolves when that is over, or when the host is not one to wait for any more. */
  load(host: KnownHost, deadline: number): Promise<void>;
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
  const { loads } = change;
  const began = performance.now();
  const readyAfter = new Map<string, number>();
  let lines: HostLine[] = [];
  for (;;) {
    let due: readonly KnownHost[] = [];
    const settled = await registry.until((hosts) => {
      const there = serving(hosts);
      lines = there.map((host) => lineOf(host, change, { began, readyAfter }));
      due = [];
      if (lines.some((line) => line.state === 'failed')) return true;
      if (performance.now() < deadline) due = there.filter((host) => loads?.isDue(host));
      return due.length > 0 || haveFollowed(lines);
    }, deadline);
    if (loads === undefined || due.length === 0) {
      return { complete: settled && haveFollowed(lines), lines };
    }
    await Promise.all(due.map((host) => loads.load(host, deadline)));
  }
}

/** For a moment each host may think that others are to have the version. */
function haveFollowed(lines: readonly HostLine[]): boolean {
  return lines.some(({ state }) => state === 'ready') && lines.every(isDone);
}

/** Nothing is waited for there. */
export function isDone({ state }: Pick<HostLine, 'state'>): boolean {
  return state === 'ready' || state === 'elsewhere';
}

/** The hosts that requests may go to now. */
export function serving(hosts: readonly KnownHost[]): KnownHost[] {
  return hosts.filter(isServing);
}

export function isServing({ ready, draining }: KnownHost): boolean {
  return ready && !draining;
}

function lineOf(
  host: KnownHost,
  change: Change,
  clock: { readonly began: number; readonly readyAfter: Map<string, number> },
): HostLine {
  const { version } = change;
  const progress = progressOf(host, change);
  const sofar = Math.round(performance.now() - clock.began);
  const ms = progress.state === 'ready' ? (clock.readyAfter.get(host.id) ?? sofar) : sofar;
  if (progress.state === 'ready' && !clock.readyAfter.has(host.id)) {
    clock.readyAfter.set(host.id, ms);
    change.onReady?.(host.id, ms);
  }
  const line = { host: host.id, version, state: progress.state, ms };
  return progress.state === 'failed' ? { ...line, reason: progress.reason } : line;
}

function progressOf(host: KnownHost, { model, progress, loads }: Change): Progress {
  if (host.catalog === null) return { state: 'waiting' };
  const its = progress(host.catalog.models.find(({ name }) => name === model));
  return its.state === 'ready' ? (loads?.progressOf(host) ?? its) : its;
}

/**
 * Ready once the host serves the version, or loads it as soon as it is asked for. Failed also where no
 * host is labelled as the version's placement wants, and where it has been deleted or unloaded since
 * `generation`, by which it was there and not unloaded.
 */
export function servesVersion(version: number, generation = Infinity): Change['progress'] {
  return (entry) => {
    if (entry === undefined) return { state: 'waiting' };
    const found = entry.versions.find((candidate) => candidate.version === version);
    const reason = goneSince(generation, entry, found);
    if (reason !== undefined) return { state: 'failed', reason };
    if (found === undefined) return { state: 'waiting' };
    if (isServed(found)) return { state: 'ready' };
    if (found.state === 'failed' || found.placed === 'nowhere') {
      return { state: 'failed', reason: found.reason };
    }
    return { state: found.placed === 'elsewhere' ? 'elsewhere' : 'waiting' };
  };
}

/**
 * Why the version does not come any more. A host may have come to that very generation before the
 * version was there; a later one was made when it was.
 */
function goneSince(
  generation: number,
  entry: ModelEntry,
  found: VersionEntry | undefined,
): string | undefined {
  if (entry.generation < generation) return undefined;
  if (entry.unloaded === true) return 'it was unloaded while it was being loaded';
  const deleted = entry.generation > generation && found === undefined;
  return deleted ? 'it was deleted while it was being loaded' : undefined;
}

/**
 * Ready once the host serves the version in the generation or a later one, unless that unloads it, and
 * has tried to load all others that it is to have.
 */
export function loaded(version: number, generation: number): Change['progress'] {
  const serves = servesVersion(version, generation);
  return (entry) => {
    if (entry === undefined || entry.generation < generation) return { state: 'waiting' };
    const its = serves(entry);
    return isDone(its) && entry.versions.some(isComing) ? { state: 'waiting' } : its;
  };
}

/** It is being loaded, or will be, whether somebody asks for it or not. */
function isComing({ state, onDemand }: VersionEntry): boolean {
  return (state === 'new' || state === 'loading') && onDemand !== true;
}

/** Ready once the host acts on the generation and has tried to load all that it is to have. */
export function hasTriedAll(generation: number): Change['progress'] {
  const acts = actsOn(generation, false);
  return (entry) => (entry?.versions.some(isComing) === true ? { state: 'waiting' } : acts(entry));
}

/** Ready once the host acts on the generation, or has no such model where that was `removed`. */
export function actsOn(generation: number, removed: boolean): Change['progress'] {
  return (entry) => {
    if (entry === undefined) return { state: removed ? 'ready' : 'waiting' };
    return { state: entry.generation >= generation ? 'ready' : 'waiting' };
  };
}

/** The lines of a change that all hosts act on, where some of them are not to have the version. */
export function placedLines(
  lines: readonly HostLine[],
  registry: HostRegistry,
  model: string,
): readonly HostLine[] {
  const elsewhere = new Set(
    registry
      .hosts()
      .flatMap(({ id, catalog }) =>
        (catalog?.models.find(({ name }) => name === model)?.versions ?? [])
          .filter(({ placed }) => placed === 'elsewhere')
          .map(({ version }) => `${id} ${version}`),
      ),
  );
  return lines.map((line) =>
    elsewhere.has(`${line.host} ${line.version}`) ? { ...line, state: 'elsewhere' } : line,
  );
}
