import type { StoredVersion } from '../repository/snapshot';
import type { Copies } from '../runners/runner-supervisor';
import type { Candidate } from './next-step';
import {
  loadBytesOf,
  newManagedVersion,
  runsAlone,
  candidateOf,
  type ManagedVersion,
} from './managed-version';

/** A version that shall be served. */
export interface WantedVersion {
  readonly stored: StoredVersion;
  /** The default version of its model, or one with a label. */
  readonly urgent: boolean;
  /** Set of a shadow, which is in a runner apart. */
  readonly copies?: Copies | undefined;
}

/** All versions that are wanted or still there. */
export class ManagedVersions {
  readonly #byKey = new Map<string, ManagedVersion>();
  readonly #preference: (key: string) => number;
  #inOrder: readonly ManagedVersion[] | undefined;

  /** @param preference of what is wanted equally, what has the highest number comes first */
  constructor(preference: (key: string) => number) {
    this.#preference = preference;
  }

  all(): readonly ManagedVersion[] {
    return [...this.#byKey.values()];
  }

  get(model: string, version: number): ManagedVersion | undefined {
    return this.#byKey.get(keyOf(model, version));
  }

  byKey(key: string): ManagedVersion | undefined {
    return this.#byKey.get(key);
  }

  forget({ key }: ManagedVersion): void {
    this.#byKey.delete(key);
    this.#inOrder = undefined;
  }

  /**
   * The whole of what is wanted now, and what has a life, wanted or not. What has failed and is not
   * wanted any more is forgotten, as its life ends: wanted again it is tried again.
   */
  follow(
    wanted: readonly WantedVersion[],
    lives: (model: string, version: number) => boolean,
  ): void {
    for (const managed of this.all()) managed.wanted = false;
    for (const one of wanted) this.#want(one);
    for (const managed of this.all()) {
      const { wanted: stays, state, stored } = managed;
      const failed = state === 'failed';
      if (!stays && (failed || !lives(stored.model, stored.version))) this.forget(managed);
    }
    this.#inOrder = undefined;
  }

  candidates(idleMs: number, now: number): Candidate[] {
    this.#inOrder ??= this.all()
      .map((managed) => ({ managed, number: this.#preference(managed.key) }))
      .sort((a, b) => rankOf(a.managed) - rankOf(b.managed) || b.number - a.number)
      .map(({ managed }) => managed);
    return this.#inOrder.map((managed) => candidateOf(managed, idleMs, now));
  }

  isAway(model: string, version: number): boolean {
    const state = this.get(model, version)?.state;
    return state === 'away' || state === 'leaving' || state === 'failed';
  }

  /** Versions that are not in memory and can be asked for. */
  away(): number {
    return this.all().filter(({ wanted, onDemand }) => wanted && onDemand).length;
  }

  someMayLeave(): boolean {
    return this.all().some(({ stored, state }) => stored.config.mayLeave && state === 'ready');
  }

  loadedBytes(): number {
    const there = this.all().filter(({ state }) => state === 'ready' || state === 'leaving');
    return there.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  loadingBytes(): number {
    return loadBytesOfAll(this.all().filter(({ state }) => state === 'loading'));
  }

  /** All that are away, with what they and those under way take; undefined where some stay away. */
  allThatMayCome():
    { readonly versions: readonly ManagedVersion[]; readonly bytes: number } | undefined {
    const all = this.all();
    const versions = all.filter(({ state }) => state === 'away');
    if (versions.length === 0 || versions.some(staysAway)) return undefined;
    if (all.some(({ state }) => state === 'leaving')) return undefined;
    return { versions, bytes: this.loadingBytes() + loadBytesOfAll(versions) };
  }

  #want({ stored, urgent, copies }: WantedVersion): void {
    const key = keyOf(stored.model, stored.version);
    const managed = this.#byKey.get(key) ?? newManagedVersion(key, stored);
    if (managed.stored.key !== stored.key) {
      Object.assign(managed, { bytes: 0, peakBytes: 0, refusal: undefined });
      if (managed.state === 'failed') managed.state = 'away';
    }
    managed.stored = stored;
    managed.wanted = true;
    managed.urgent = urgent;
    managed.spare = copies === 'only';
    managed.alone = copies !== undefined || runsAlone(stored);
    this.#byKey.set(key, managed);
  }
}

/** Names that requests come by first, copies last. */
function rankOf({ urgent, spare }: ManagedVersion): number {
  if (spare) return 2;
  return urgent ? 0 : 1;
}

function staysAway({ unasked, waiters }: ManagedVersion): boolean {
  return unasked === 'never' && waiters === 0;
}

function loadBytesOfAll(versions: readonly ManagedVersion[]): number {
  return versions.reduce((sum, managed) => sum + loadBytesOf(managed), 0);
}

function keyOf(model: string, version: number): string {
  return `${model}:${version}`;
}
