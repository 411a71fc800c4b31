import { asShoalError } from '../../core/errors';
import type { Logger } from '../../core/logging';
import type { Canary, CanaryVerdict } from '../../protocol/canary/canary';
import type { Catalog, ModelEntry } from '../../protocol/catalog';
import type { Counters } from '../../serving/statistics/counters';
import type { KnownHost } from '../hosts/host-registry';
import { CanaryWaits } from './canary-waits';
import { decide, lacks, type Decision, type Window } from './decide';
import { onAllHosts, type Outcome } from './on-all-hosts';
import { countsSince, nothing, type LifeCounters, type VersionCounts } from './version-counts';
import type { WithheldCanaries } from './withheld-canaries';

/** Told of every verdict of this inferrer that counts. */
export type ObserveVerdict = (model: string, canary: Canary, verdict: CanaryVerdict) => void;

export interface CanaryWatchParts {
  readonly catalog: Pick<Catalog, 'models'>;
  readonly hosts: () => readonly KnownHost[];
  /** What all inferrers have counted of each of the versions. */
  readonly counters: (model: string, versions: readonly number[]) => Promise<LifeCounters[]>;
  /** Writes a verdict into the model's state; false where somebody else has decided before. */
  readonly tell: (model: string, verdict: CanaryVerdict) => Promise<boolean>;
  readonly observe: ObserveVerdict;
  /** Kept here; read by who chooses versions. */
  readonly withheld: WithheldCanaries;
  /** Milliseconds that only rise. */
  readonly now: () => number;
  readonly logger: Logger;
}

/**
 * Looks after the canaries of all models. Every inferrer does, by what all have counted; the first
 * verdict on a step counts, because it changes the model's state, and the others' are about what is over.
 */
export interface CanaryWatch {
  /** Looks once, at all that are not still being looked at; never rejects. */
  look(): Promise<void>;
  /** What was counted since this inferrer has seen the model's canary in its step. */
  window(model: string): Window | undefined;
  /** Why the next decision is not made, or does not count, yet; in words. */
  waits(model: string): string | undefined;
}

interface Watched {
  readonly id: string;
  /** Canary and step. */
  readonly key: string;
  readonly since: number;
  /** What each inferrer had counted when it was heard of first. */
  readonly canary: Map<string, Counters>;
  readonly live: Map<string, Counters>;
  window: Window;
}

export function createCanaryWatch(parts: CanaryWatchParts): CanaryWatch {
  const { catalog, withheld, logger } = parts;
  const watched = new Map<string, Watched>();
  const waits = new CanaryWaits(logger);
  const judging = new Set<string>();

  async function judge(entry: ModelEntry, canary: Canary): Promise<void> {
    const { name } = entry;
    const wanted =
      withheld.get(name)?.decision ??
      unserved(entry, canary) ??
      decide(canary, canary.step, await see(parts, watched, { entry, canary }));
    const outcome = everywhere(wanted, parts, name, canary);
    if (outcome.decision !== undefined) await tell(parts, name, canary, outcome.decision);
    const seen = wanted === undefined ? watched.get(name)?.window : undefined;
    noteWaits(waits, name, outcome.waits, seen && lacks(canary, canary.step, seen));
  }

  /** One that hangs keeps no other waiting, also none of the next looks. */
  async function judgeOnce(entry: ModelEntry, canary: Canary): Promise<void> {
    const { name } = entry;
    if (judging.has(name)) return;
    judging.add(name);
    try {
      await judge(entry, canary);
    } catch (error) {
      waits.note(name, failed(error, withheld.has(name)), 'warn');
    } finally {
      judging.delete(name);
    }
  }

  return {
    async look() {
      const stepping = catalog.models().filter(({ canary }) => canary?.state === 'stepping');
      forgetAllBut(stepping, { watched, withheld, waits });
      await Promise.all(stepping.map((entry) => judgeOnce(entry, entry.canary as Canary)));
    },
    window: (model) => watched.get(model)?.window,
    waits: (model) => waits.of(model),
  };
}

interface Remembered {
  readonly watched: Map<string, Watched>;
  readonly withheld: WithheldCanaries;
  readonly waits: CanaryWaits;
}

/** What is known of canaries that are over, and what was decided on earlier steps. */
function forgetAllBut(
  stepping: readonly ModelEntry[],
  { watched, withheld, waits }: Remembered,
): void {
  const keys = new Map(stepping.map(({ name, canary }) => [name, keyOf(canary as Canary)]));
  for (const model of watched.keys()) if (!keys.has(model)) watched.delete(model);
  for (const [model, { key }] of withheld) if (keys.get(model) !== key) withheld.delete(model);
  waits.forgetAllBut(keys);
}

function keyOf({ id, step }: Canary): string {
  return `${id} ${step}`;
}

function everywhere(
  decision: Decision | undefined,
  { hosts }: CanaryWatchParts,
  model: string,
  { version }: Canary,
): Outcome {
  return decision?.action === 'promote'
    ? onAllHosts(decision, hosts(), model, version)
    : { decision };
}

/** A roll-back that cannot be written holds here all the same, until that can be. */
async function tell(
  { tell: write, observe, withheld }: CanaryWatchParts,
  model: string,
  canary: Canary,
  decision: Decision,
): Promise<void> {
  const verdict = { id: canary.id, step: canary.step, ...decision };
  try {
    if (await write(model, verdict)) observe(model, canary, verdict);
  } catch (error) {
    if (decision.action === 'roll_back') withheld.set(model, { key: keyOf(canary), decision });
    throw error;
  }
}

function noteWaits(waits: CanaryWaits, model: string, hosts?: string, lacking?: string): void {
  if (lacking !== undefined) waits.note(model, lacking, 'info', 'comparisons');
  else if (hosts !== undefined) waits.note(model, hosts, 'info');
  else waits.forget(model);
}

function failed(error: unknown, isWithheld: boolean): string {
  const { message } = asShoalError(error);
  return isWithheld
    ? `it is to be taken back, and that cannot be written (${message}); until then this inferrer has the default alone answer`
    : `it cannot be decided on: ${message}`;
}

/** Counts since the step was seen first, which may be now. */
async function see(
  { counters, now }: CanaryWatchParts,
  watched: Map<string, Watched>,
  { entry, canary }: { readonly entry: ModelEntry; readonly canary: Canary },
): Promise<Window> {
  const { name, defaultVersion } = entry;
  const key = keyOf(canary);
  const counted = await counters(name, [canary.version, defaultVersion]);
  const [its, live] = counted as [LifeCounters, LifeCounters];
  let seen = watched.get(name);
  if (seen?.key !== key) {
    const before = seen?.id === canary.id ? enoughOf(seen.window, canary) : undefined;
    const window = { elapsedMs: 0, canary: nothing, live: nothing, before };
    const { id } = canary;
    seen = { id, key, since: now(), canary: new Map(), live: new Map(), window };
    watched.set(name, seen);
  }
  seen.window = {
    before: seen.window.before,
    elapsedMs: now() - seen.since,
    canary: countsSince(seen.canary, its),
    live: countsSince(seen.live, live),
  };
  return seen.window;
}

/** What the live version is known by in later steps. */
function enoughOf({ live, before }: Window, { limits }: Canary): VersionCounts | undefined {
  return live.requests >= limits.minRequests ? live : before;
}

/** No host can serve it any more, for instance because it has killed runners. */
function unserved({ versions }: ModelEntry, { version }: Canary): Decision | undefined {
  const found = versions.find((each) => each.version === version);
  if (found !== undefined && found.state !== 'failed') return undefined;
  const why = found === undefined ? 'it is not in the repository any more' : found.reason;
  return { action: 'roll_back', reason: `it cannot be served: ${why}`.slice(0, 500) };
}
