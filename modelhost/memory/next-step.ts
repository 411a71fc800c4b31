/** A version that this host shall serve, as the choice of what is in memory sees it. */
export interface Candidate {
  readonly key: string;
  /** `leaving` ones take memory that will be free; `failed` ones take none and are left alone. */
  readonly state: 'away' | 'loading' | 'ready' | 'leaving' | 'failed';
  /** What is free once it has gone. */
  readonly bytes: number;
  /** Most that it takes while it is being loaded. */
  readonly loadBytes: number;
  /** Never evicted, and others make room for it. */
  readonly pinned: boolean;
  /** It gets copies alone: whoever asks for another has its room. */
  readonly spare: boolean;
  /** Requests that it works on. */
  readonly leases: number;
  /** When it was last asked, or had come; clock of `now`. */
  readonly usedAt: number;
  readonly readyAt: number;
  /** It has answered since it came. */
  readonly answered: boolean;
  /** Since when requests wait for it; null while none does. */
  readonly askedAt: number | null;
  /** Loaded unasked: where there is room, or only where all of them have room, or not at all. */
  readonly unasked: 'room' | 'all' | 'never';
  /** It leaves after so long without a request; null: not for that. */
  readonly idleMs: number | null;
}

export interface Room {
  readonly budgetBytes: number;
  /** What is taken now, without what is being loaded. */
  readonly usedBytes: number;
  /** What of it is the runners' own: it stays taken, whoever goes. */
  readonly runnersBytes: number;
}

export type Step =
  | { readonly kind: 'admit'; readonly key: string }
  | { readonly kind: 'evict'; readonly key: string; readonly why: 'room' | 'idle' }
  /** It cannot have room, whoever goes: pinned ones and the runners themselves stay. */
  | {
      readonly kind: 'refuse';
      readonly key: string;
      readonly pinnedBytes: number;
      readonly runnersBytes: number;
    };

/** What has just come stays for so long, in milliseconds. */
export const shortestStayMs = 100;
/** What has come for somebody who does not ask any more may go after this, in milliseconds. */
export const unansweredStayMs = 5000;
/**
 * Who asks for more than what may leave now gives way to others for so long, in milliseconds: what
 * is busy is left alone, and nobody has to leave in vain.
 */
export const givesWayMs = 1000;
/** Then all others wait for so long, and what may leave does, until there is enough; and so on. */
export const insistsMs = 4000;

/**
 * The next thing to do about memory, or undefined while there is nothing to do but wait. Who has
 * asked first is served first, unless that takes what others are at. Candidates come in the order in
 * which they shall be loaded unasked.
 */
export function nextStep(
  candidates: readonly Candidate[],
  room: Room,
  now: number,
): Step | undefined {
  const away = candidates.filter(({ state }) => state === 'away');
  const asked = away.filter(isAsked).sort((a, b) => (a.askedAt ?? 0) - (b.askedAt ?? 0));
  const hopeless = asked.find(
    (candidate) => !canHaveRoom(candidate.loadBytes, pinnedBeside(candidate, candidates), room),
  );
  if (hopeless !== undefined) return refuse(hopeless, candidates, room);
  const situation = { candidates, room, now };
  for (const candidate of asked) {
    const step = serve(candidate, situation);
    if (step !== 'gives way') return step;
  }
  const leaves = shrink(situation) ?? leaveIdle(candidates, now);
  if (leaves !== undefined || asked.length > 0) return leaves;
  return fill(away, { free: freeBytes(candidates, room), candidates });
}

/** Whether so much can be loaded once all have gone that may: pinned ones and the runners stay. */
export function canHaveRoom(
  loadBytes: number,
  pinnedBytes: number,
  { budgetBytes, runnersBytes }: Pick<Room, 'budgetBytes' | 'runnersBytes'>,
): boolean {
  return pinnedBytes + loadBytes <= budgetBytes - runnersBytes;
}

/** What is there of pinned versions and stays. */
export function pinnedIn(candidates: readonly Candidate[]): number {
  let bytes = 0;
  for (const { state, pinned, bytes: taken } of candidates) {
    if (pinned && (state === 'ready' || state === 'loading')) bytes += taken;
  }
  return bytes;
}

interface Situation {
  readonly candidates: readonly Candidate[];
  readonly room: Room;
  readonly now: number;
}

function isAsked({ askedAt }: Candidate): boolean {
  return askedAt !== null;
}

function serve(candidate: Candidate, situation: Situation): Step | 'gives way' | undefined {
  const { candidates, room, now } = situation;
  const free = freeBytes(candidates, room);
  if (free >= candidate.loadBytes) return { kind: 'admit', key: candidate.key };
  const soon = free + leavingBytes(candidates);
  if (soon >= candidate.loadBytes) return undefined;
  if (!candidates.some(mayChange)) return refuse(candidate, candidates, room);
  const enough = soon + idleBytes(situation) >= candidate.loadBytes;
  if (!enough && givesWay(candidate, now)) return 'gives way';
  const victim = leastUsed(situation);
  return victim && { kind: 'evict', key: victim.key, why: 'room' };
}

function mayChange({ state, pinned }: Candidate): boolean {
  return state === 'loading' || state === 'leaving' || (state === 'ready' && !pinned);
}

/** In turns, so that neither those who ask for little nor who asks for much can wait for ever. */
function givesWay({ askedAt, pinned }: Candidate, now: number): boolean {
  if (pinned) return false;
  return (now - (askedAt ?? now)) % (givesWayMs + insistsMs) < givesWayMs;
}

/** What could leave at once. */
function idleBytes({ candidates, now }: Situation): number {
  let bytes = 0;
  for (const candidate of candidates) if (mayGo(candidate, now)) bytes += candidate.bytes;
  return bytes;
}

/** What is there has grown beyond the budget. */
function shrink(situation: Situation): Step | undefined {
  const { candidates, room } = situation;
  if (freeBytes(candidates, room) + leavingBytes(candidates) >= 0) return undefined;
  const victim = leastUsed(situation);
  return victim && { kind: 'evict', key: victim.key, why: 'room' };
}

function leaveIdle(candidates: readonly Candidate[], now: number): Step | undefined {
  const idle = candidates.find(
    ({ state, leases, usedAt, idleMs }) =>
      state === 'ready' && leases === 0 && idleMs !== null && now - usedAt >= idleMs,
  );
  return idle && { kind: 'evict', key: idle.key, why: 'idle' };
}

function fill(
  away: readonly Candidate[],
  { free, candidates }: { readonly free: number; readonly candidates: readonly Candidate[] },
): Step | undefined {
  const wanted = away.filter(({ unasked }) => unasked !== 'never');
  const all = wanted.reduce((bytes, { loadBytes }) => bytes + loadBytes, 0);
  const allFit = all <= free && !candidates.some(({ state }) => state === 'leaving');
  const next = wanted.find(
    ({ unasked, loadBytes }) => loadBytes <= free && (allFit || unasked === 'room'),
  );
  return next && { kind: 'admit', key: next.key };
}

/** Negative where more is taken than may be. */
function freeBytes(candidates: readonly Candidate[], { budgetBytes, usedBytes }: Room): number {
  let free = budgetBytes - usedBytes;
  for (const { state, loadBytes } of candidates) if (state === 'loading') free -= loadBytes;
  return free;
}

function leavingBytes(candidates: readonly Candidate[]): number {
  let bytes = 0;
  for (const candidate of candidates) if (candidate.state === 'leaving') bytes += candidate.bytes;
  return bytes;
}

function pinnedBeside(candidate: Candidate, candidates: readonly Candidate[]): number {
  return pinnedIn(candidates.filter((other) => other !== candidate));
}

function refuse(
  candidate: Candidate,
  candidates: readonly Candidate[],
  { runnersBytes }: Room,
): Step {
  return {
    kind: 'refuse',
    key: candidate.key,
    pinnedBytes: pinnedBeside(candidate, candidates),
    runnersBytes,
  };
}

function leastUsed({ candidates, now }: Situation): Candidate | undefined {
  let victim: Candidate | undefined;
  for (const candidate of candidates) {
    if (mayGo(candidate, now) && (victim === undefined || goesBefore(candidate, victim)))
      victim = candidate;
  }
  return victim;
}

/** Copies are no use that counts. */
function goesBefore(one: Candidate, other: Candidate): boolean {
  return one.spare === other.spare ? one.usedAt < other.usedAt : one.spare;
}

/** What has come for somebody shall have served somebody before it goes. */
function mayGo(
  { state, pinned, spare, leases, askedAt, answered, readyAt }: Candidate,
  now: number,
): boolean {
  if (state !== 'ready' || pinned || askedAt !== null) return false;
  if (leases > 0 && !spare) return false;
  const stayedMs = now - readyAt;
  return stayedMs >= (answered ? shortestStayMs : unansweredStayMs);
}
