import { candidate } from '../../tests/support/candidates';
import {
  givesWayMs,
  insistsMs,
  nextStep,
  unansweredStayMs,
  type Candidate,
  type Step,
} from './next-step';

const away = { state: 'away' } as const;
const asked = { state: 'away', askedAt: 1 } as const;
const now = 10_000;
/** Has asked just now, or longer ago than others go before. */
const early = { state: 'away', askedAt: now - 1 } as const;
const late = { state: 'away', askedAt: now - givesWayMs } as const;

function step(
  candidates: readonly Candidate[],
  budgetBytes: number,
  runnersBytes = 0,
): Step | undefined {
  const there = ['ready', 'leaving'];
  const taken = candidates.filter(({ state }) => there.includes(state));
  const usedBytes = taken.reduce((sum, { bytes }) => sum + bytes, runnersBytes);
  return nextStep(candidates, { budgetBytes, usedBytes, runnersBytes }, now);
}

describe('what happens next in memory', () => {
  test.each<[string, Candidate[], number, Step | undefined]>([
    ['nothing while all are there', [candidate('a'), candidate('b')], 20, undefined],
    ['what has room is loaded unasked', [candidate('a'), candidate('b', away)], 20, admit('b')],
    ['what has none is not', [candidate('a'), candidate('b', away)], 19, undefined],
    [
      'pinned ones first',
      [candidate('a', away), candidate('b', { ...away, pinned: true, askedAt: 0 })],
      10,
      admit('b'),
    ],
    [
      'what had to leave comes back where all fit',
      [candidate('a'), candidate('b', { ...away, unasked: 'all' })],
      20,
      admit('b'),
    ],
    [
      'but not for one of two',
      [candidate('b', { ...away, unasked: 'all' }), candidate('c', { ...away, unasked: 'all' })],
      19,
      undefined,
    ],
    [
      'what was idle only when asked',
      [candidate('b', { ...away, unasked: 'never' })],
      20,
      undefined,
    ],
    ['who asks is loaded', [candidate('b', { ...asked, unasked: 'never' })], 20, admit('b')],
    [
      'the least recently used makes room',
      [candidate('a', { usedAt: 2 }), candidate('b', { usedAt: 1 }), candidate('c', asked)],
      20,
      evict('b'),
    ],
    [
      'what gets copies alone goes before all others, however many it gets',
      [
        candidate('a'),
        candidate('b', { usedAt: 3, spare: true, leases: 2 }),
        candidate('c', asked),
      ],
      20,
      evict('b'),
    ],
    [
      'nobody else while one is on the way out',
      [candidate('a'), candidate('b', { state: 'leaving' }), candidate('c', asked)],
      20,
      undefined,
    ],
    [
      'who asked first is first',
      [candidate('a', { ...asked, askedAt: 2 }), candidate('b', { ...asked, askedAt: 1 })],
      10,
      admit('b'),
    ],
    [
      'nobody leaves for one who could not have room even then',
      [candidate('a', { leases: 1 }), candidate('b'), candidate('c', { ...early, bytes: 15 })],
      20,
      undefined,
    ],
    [
      'small ones overtake one who has to wait for the busy',
      [
        candidate('a', { ...early, bytes: 15 }),
        candidate('b', { ...early, askedAt: now }),
        candidate('c', { leases: 1 }),
      ],
      20,
      admit('b'),
    ],
    [
      'but not for ever',
      [
        candidate('a', { ...late, bytes: 15 }),
        candidate('b', { ...early, askedAt: now }),
        candidate('c', { leases: 1 }),
      ],
      20,
      undefined,
    ],
    [
      'then one after the other leaves for it',
      [candidate('a', { leases: 1 }), candidate('b'), candidate('c', { ...late, bytes: 15 })],
      20,
      evict('b'),
    ],
    [
      'nor for ever the other way round',
      [
        candidate('a', { ...late, askedAt: late.askedAt - insistsMs, bytes: 15 }),
        candidate('b', { ...early, askedAt: now }),
        candidate('c', { leases: 1 }),
      ],
      20,
      admit('b'),
    ],
    [
      'pinned ones do not give way',
      [
        candidate('a', { ...early, bytes: 15, pinned: true }),
        candidate('b', { ...early, askedAt: now }),
        candidate('c', { leases: 1 }),
      ],
      20,
      undefined,
    ],
    [
      'what has grown makes somebody go while one waits',
      [candidate('a', { leases: 1 }), candidate('b'), candidate('c', { ...early, bytes: 14 })],
      15,
      evict('b'),
    ],
    [
      'a load counts with all that it may take',
      [candidate('a', { state: 'loading', loadBytes: 15 }), candidate('b', asked)],
      20,
      undefined,
    ],
    [
      'nobody with requests goes',
      [candidate('a', { leases: 1 }), candidate('b', asked)],
      10,
      undefined,
    ],
    [
      'nobody who has just come',
      [candidate('a', { readyAt: now - 50 }), candidate('b', asked)],
      10,
      undefined,
    ],
    [
      'nor before an answer',
      [candidate('a', { answered: false, readyAt: now - 500 }), candidate('b', asked)],
      10,
      undefined,
    ],
    [
      'unless nobody asks any more',
      [candidate('a', { answered: false, readyAt: now - unansweredStayMs }), candidate('b', asked)],
      10,
      evict('a'),
    ],
    [
      'pinned ones stay, and what cannot fit beside them is refused',
      [candidate('a', { pinned: true }), candidate('b', asked)],
      19,
      { kind: 'refuse', key: 'b', pinnedBytes: 10, runnersBytes: 0 },
    ],
    [
      'what is too large is refused before anybody goes',
      [candidate('a'), candidate('b', { ...asked, bytes: 21 })],
      20,
      { kind: 'refuse', key: 'b', pinnedBytes: 0, runnersBytes: 0 },
    ],
    [
      'what has grown makes somebody go',
      [candidate('a', { usedAt: 1 }), candidate('b')],
      19,
      evict('b'),
    ],
    [
      'what is idle leaves',
      [candidate('a', { idleMs: 9000 })],
      20,
      { kind: 'evict', key: 'a', why: 'idle' },
    ],
    ['not under a request', [candidate('a', { idleMs: 9000, leases: 1 })], 20, undefined],
    [
      'failed ones are left alone',
      [candidate('a', { state: 'failed', askedAt: 1 })],
      20,
      undefined,
    ],
  ])('%s', (_what, candidates, budget, expected) => {
    expect(step(candidates, budget)).toEqual(expected);
  });

  test('nobody goes for what the runners themselves leave too little room', () => {
    const candidates = [candidate('a'), candidate('b', { ...asked, bytes: 16 })];
    const refused = { kind: 'refuse', key: 'b', pinnedBytes: 0, runnersBytes: 5 };
    expect(step(candidates, 20, 5)).toEqual(refused);
  });
});

function admit(key: string): Step {
  return { kind: 'admit', key };
}

function evict(key: string): Step {
  return { kind: 'evict', key, why: 'room' };
}
