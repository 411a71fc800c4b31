import type { ShoalError } from '../../core/errors';
import { wantsOwnRunner } from '../probe/own-runner';
import type { StoredVersion } from '../repository/snapshot';
import type { Candidate } from './next-step';

/** What is known of a version's place in memory; it lasts as long as the version is wanted or there. */
export interface ManagedVersion {
  readonly key: string;
  stored: StoredVersion;
  state: Candidate['state'];
  /** The repository wants it. */
  wanted: boolean;
  /** The default version of its model, or one with a label. */
  urgent: boolean;
  /** It gets copies of requests and nothing else. */
  spare: boolean;
  /** In a runner that holds nothing else. */
  alone: boolean;
  /** It has been away and comes only when it is asked for or there is room. */
  onDemand: boolean;
  unasked: Candidate['unasked'];
  runner: string;
  /** As measured at its last load; 0 before the first. */
  bytes: number;
  /** Most that its last load took on its way; 0 where that is not known. */
  peakBytes: number;
  leases: number;
  answered: boolean;
  usedAt: number;
  readyAt: number;
  waiters: number;
  askedAt: number | null;
  /** Why it cannot have room, and until when that is not looked at again. */
  refusal: { readonly error: ShoalError; readonly until: number } | undefined;
}

/** What a runner of its own takes beside its version, roughly, in bytes. */
export const emptyRunnerBytes = 80 * 1024 ** 2;

export function newManagedVersion(key: string, stored: StoredVersion): ManagedVersion {
  return {
    key,
    stored,
    state: 'away',
    wanted: true,
    urgent: false,
    spare: false,
    alone: false,
    onDemand: false,
    unasked: 'room',
    runner: '',
    bytes: 0,
    peakBytes: 0,
    leases: 0,
    answered: false,
    usedAt: 0,
    readyAt: 0,
    waiters: 0,
    askedAt: null,
    refusal: undefined,
  };
}

/** A version as its try has left it, stored or not. */
export type TriedVersion = Pick<StoredVersion, 'model' | 'version' | 'config'> & {
  readonly meta: Pick<StoredVersion['meta'], 'probe'>;
};

/** It wants a runner that holds nothing else. */
export function runsAlone({ config, meta }: TriedVersion): boolean {
  return config.runner === 'own' || (config.runner === 'measured' && wantsOwnRunner(meta.probe));
}

/** Before the first load the try's measurement is all that is known. */
export function loadBytesOf({
  stored,
  alone,
  bytes,
  peakBytes,
}: Pick<ManagedVersion, 'alone' | 'bytes' | 'peakBytes'> & {
  readonly stored: TriedVersion;
}): number {
  const most = peakBytes > 0 ? Math.max(bytes, peakBytes) : stored.meta.probe.residentBytes;
  return Math.max(most, 1) + (alone ? emptyRunnerBytes : 0);
}

/** @param idleMs of models that may leave and do not say after what time */
export function candidateOf(managed: ManagedVersion, idleMs: number, now: number): Candidate {
  const { key, state, leases, usedAt, readyAt, answered, unasked, bytes } = managed;
  const { config } = managed.stored;
  const loadBytes = loadBytesOf(managed);
  return {
    key,
    state: state === 'ready' && !managed.wanted ? 'leaving' : state,
    bytes: bytes > 0 ? bytes : loadBytes,
    loadBytes,
    pinned: config.pinned,
    spare: managed.spare,
    leases,
    usedAt,
    readyAt,
    answered,
    askedAt: askedAt(managed, now),
    unasked,
    idleMs: config.mayLeave ? (config.idleMs ?? idleMs) : null,
  };
}

/** A pinned one asks for itself. */
function askedAt(
  { wanted, stored, askedAt: asked, refusal }: ManagedVersion,
  now: number,
): number | null {
  if (!wanted || (refusal !== undefined && refusal.until > now)) return null;
  return asked ?? (stored.config.pinned ? 0 : null);
}
