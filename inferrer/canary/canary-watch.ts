import { asShoalError } from '../../core/errors';
import type { Logger } from '../../core/logging';
import type { Canary, CanaryVerdict } from '../../protocol/canary/canary';
import type { Catalog, ModelEntry } from '../../protocol/catalog';
import type { Counters } from '../../serving/statistics/counters';
import type { KnownHost } from '../hosts/host-registry';
import { decide, type Decision, type Window } from './decide';
import { onAllHosts } from './on-all-hosts';
import { countsSince, nothing, type LifeCounters } from './version-counts';

/** Told of every verdict of this inferrer that counts. */
export type ObserveVerdict = (model: string, canary: Canary, verdict: CanaryVerdict) => void;

export interface CanaryWatchParts {
  readonly catalog: Pick<Catalog, 'models'>;
  readonly hosts: () => readonly KnownHost[];
  /** What all inferrers have counted of a version. */
  readonly counters: (model: string, version: number) => Promise<LifeCounters>;
  /** Writes a verdict into the model's state; false where somebody else has decided before. */
  readonly tell: (model: string, verdict: CanaryVerdict) => Promise<boolean>;
  readonly observe: ObserveVerdict;
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
}

interface Watched {
  /** Canary and step. */
  readonly key: string;
  readonly since: number;
  /** What each inferrer had counted when it was heard of first. */
  readonly canary: Map<string, Counters>;
  readonly live: Map<string, Counters>;
  window: Window;
}

export function createCanaryWatch(parts: CanaryWatchParts): CanaryWatch {
  const { catalog, logger } = parts;
  const watched = new Map<string, Watched>();
  const judging = new Set<string>();

  async function judge(entry: ModelEntry, canary: Canary): Promise<void> {
    const { name } = entry;
    const wanted =
      unserved(entry, canary) ??
      decide(canary, canary.step, await see(parts, watched, { entry, canary }));
    const decision = everywhere(wanted, parts, name, canary);
    if (decision === undefined) return;
    const verdict = { id: canary.id, step: canary.step, ...decision };
    if (await parts.tell(name, verdict)) parts.observe(name, canary, verdict);
  }

  /** One that hangs keeps no other waiting, also none of the next looks. */
  async function judgeOnce(entry: ModelEntry, canary: Canary): Promise<void> {
    const { name } = entry;
    if (judging.has(name)) return;
    judging.add(name);
    try {
      await judge(entry, canary);
    } catch (error) {
      logger.warn({ model: name, err: asShoalError(error) }, 'a canary could not be judged');
    } finally {
      judging.delete(name);
    }
  }

  return {
    async look() {
      const stepping = catalog.models().filter(({ canary }) => canary?.state === 'stepping');
      const names = new Set(stepping.map(({ name }) => name));
      for (const model of watched.keys()) if (!names.has(model)) watched.delete(model);
      await Promise.all(stepping.map((entry) => judgeOnce(entry, entry.canary as Canary)));
    },
    window: (model) => watched.get(model)?.window,
  };
}

function everywhere(
  decision: Decision | undefined,
  { hosts }: CanaryWatchParts,
  model: string,
  { version }: Canary,
): Decision | undefined {
  return decision?.action === 'promote' ? onAllHosts(decision, hosts(), model, version) : decision;
}

/** Counts since the step was seen first, which may be now. */
async function see(
  { counters, now }: CanaryWatchParts,
  watched: Map<string, Watched>,
  { entry, canary }: { readonly entry: ModelEntry; readonly canary: Canary },
): Promise<Window> {
  const { name, defaultVersion } = entry;
  const key = `${canary.id} ${canary.step}`;
  const its = await counters(name, canary.version);
  const live = await counters(name, defaultVersion);
  let seen = watched.get(name);
  if (seen?.key !== key) {
    const window = { elapsedMs: 0, canary: nothing, live: nothing };
    seen = { key, since: now(), canary: new Map(), live: new Map(), window };
    watched.set(name, seen);
  }
  seen.window = {
    elapsedMs: now() - seen.since,
    canary: countsSince(seen.canary, its),
    live: countsSince(seen.live, live),
  };
  return seen.window;
}

/** No host can serve it any more, for instance because it has killed runners. */
function unserved({ versions }: ModelEntry, { version }: Canary): Decision | undefined {
  const found = versions.find((each) => each.version === version);
  if (found?.state !== 'failed') return undefined;
  return { action: 'roll_back', reason: `it cannot be served: ${found.reason}`.slice(0, 500) };
}
