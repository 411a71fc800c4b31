import type { CanaryPlan } from '../../protocol/canary/canary';
import { createDice, type Dice } from '../../tests/support/faults/dice';
import { decide, lacks, type Window } from './decide';
import type { VersionCounts } from './version-counts';

const plan: CanaryPlan = {
  version: 2,
  steps: [10, 100],
  everyMs: 60_000,
  limits: { errorRate: 0.01, latencyRatio: 1.5, disagreement: 0.02, minRequests: 50 },
};

const some: VersionCounts = {
  requests: 100,
  failures: 0,
  computed: 100,
  ms: 200,
  compared: 100,
  differed: 0,
  uncompared: 0,
};

function window(
  canary: Partial<VersionCounts>,
  live: Partial<VersionCounts> = {},
  elapsedMs = 10_000,
): Window {
  return { elapsedMs, canary: { ...some, ...canary }, live: { ...some, ...live } };
}

describe('a canary', () => {
  test.each<[string, Window, string | undefined]>([
    ['within its limits waits for its time', window({}), undefined],
    ['then goes on', window({}, {}, 60_000), 'step'],
    ['that nobody has asked waits', window({ requests: 49 }, {}, 600_000), undefined],
    ['that fails is taken back at once', window({ failures: 4 }), 'roll_back'],
    [
      'that fails is taken back when its time is over',
      window({ failures: 4 }, {}, 60_000),
      'roll_back',
    ],
    ['may fail as often as is allowed, and by chance', window({ failures: 3 }), undefined],
    ['that fails once says nothing', window({ requests: 50, failures: 1 }), undefined],
    ['that fails as the live one does stays', window({ failures: 5 }, { failures: 5 }), undefined],
    ['fails more than that by chance', window({ failures: 9 }, { failures: 5 }), undefined],
    ['fails more than that', window({ failures: 20 }, { failures: 5 }), 'roll_back'],
    ['of few requests says nothing', window({ requests: 49, failures: 49 }), undefined],
    ['that is slow is taken back', window({ ms: 301 }), 'roll_back'],
    ['is slow where few answers were computed', window({ computed: 60, ms: 181 }), 'roll_back'],
    ['may be as slow as is allowed', window({ ms: 300 }), undefined],
    ['is not slow beside too few others', window({ ms: 999 }, { computed: 49 }), undefined],
    [
      'that only fails has no latency',
      window({ failures: 100, computed: 0, ms: 0 }, { failures: 100 }),
      undefined,
    ],
    ['that answers otherwise is taken back', window({ differed: 7 }), 'roll_back'],
    ['may differ as often as is allowed, and by chance', window({ differed: 6 }), undefined],
    ['of few comparisons says nothing', window({ compared: 49, differed: 49 }), undefined],
  ])('%s', (_what, seen, action) => {
    expect(decide(plan, 0, seen)?.action).toBe(action);
  });

  test('becomes the default after its last step', () => {
    const seen = window({}, { requests: 0, computed: 0, ms: 0 }, 60_000);
    expect(decide(plan, 1, seen)).toEqual({
      action: 'promote',
      reason: '100 requests within its limits in 60.0 s',
    });
  });

  test.each<[string, Partial<VersionCounts>, number, string | undefined]>([
    ['with few comparisons stays, whatever it answers', { compared: 49 }, 0, undefined],
    ['with none stays', { compared: 0, uncompared: 9000 }, 0, undefined],
    ['with enough goes on, whatever is dropped', { compared: 50, uncompared: 9000 }, 0, 'step'],
    ['that gets everything is compared with nothing', { compared: 0 }, 1, 'promote'],
  ])('%s', (_what, seen, step, action) => {
    expect(decide(plan, step, window(seen, {}, 60_000))?.action).toBe(action);
  });

  test('without a limit for differences needs no comparisons', () => {
    const free = { ...plan, limits: { ...plan.limits, disagreement: null } };
    const seen = window({ compared: 0 }, {}, 60_000);
    expect([decide(free, 0, seen)?.action, lacks(free, 0, seen)]).toEqual(['step', undefined]);
  });

  test('says how many comparisons it lacks once its time is over', () => {
    const few = { compared: 3, uncompared: 97 };
    expect(lacks(plan, 0, window(few))).toBeUndefined();
    expect(lacks(plan, 0, window(few, {}, 60_000))).toBe(
      'to go on it waits for 50 comparisons: 3 of 100 copies of requests were compared; the others were dropped or lost',
    );
    expect(lacks(plan, 0, window({ compared: 3 }, {}, 60_000))).toMatch(/3 of 3 [a-z ]*compared$/);
  });

  test('says why', () => {
    expect(decide(plan, 0, window({ failures: 4 }))?.reason).toBe(
      '4 of 100 requests failed, more than 1 %; of the live version 0 %',
    );
    expect(decide(plan, 0, window({ ms: 400 }))?.reason).toBe(
      "an answer takes 4.00 ms, more than 1.5 times the live version's 2.00 ms",
    );
    expect(decide(plan, 0, window({ differed: 8 }))?.reason).toBe(
      "8 of 100 answers differ from the live version's, more than 2 %",
    );
  });

  describe('at its last step, where the live version answers nothing,', () => {
    const silent: Partial<VersionCounts> = { requests: 0, computed: 0, ms: 0, failures: 0 };
    const last = (
      canary: Partial<VersionCounts>,
      before?: Partial<VersionCounts>,
      live = silent,
    ): Window => ({
      ...window(canary, live),
      ...(before === undefined ? {} : { before: { ...some, ...before } }),
    });

    test.each<[string, Window, string | undefined]>([
      ['is slow beside what that was before', last({ ms: 301 }, {}), 'roll_back'],
      ['is as slow as is allowed beside that', last({ ms: 300 }, {}), undefined],
      ['has no latency where nobody has seen that', last({ ms: 999 }), undefined],
      ['has none where too few were seen', last({ ms: 999 }, { computed: 49 }), undefined],
      ['fails as that did before', last({ failures: 5 }, { failures: 5 }), undefined],
      ['fails where nobody has seen that', last({ failures: 5 }), 'roll_back'],
      ['is beside what that is now where it is asked', last({ ms: 300 }, { ms: 2 }, {}), undefined],
    ])('it %s', (_what, seen, action) => {
      expect(decide(plan, 1, seen)?.action).toBe(action);
    });
  });

  test('that fails no more than the live one is not taken back by looking often', () => {
    const dice = createDice(5);
    const trials = Array.from({ length: 200 }, () => takenBack(dice, 0.03));
    expect(trials.filter((after) => after !== undefined).length).toBeLessThanOrEqual(8);
  });

  test('that fails far more is taken back soon', () => {
    const dice = createDice(5);
    for (let trial = 0; trial < 200; trial += 1) expect(takenBack(dice, 0.2)).toBeLessThan(400);
  });

  test('where none may fail, one is enough', () => {
    const none = { ...plan.limits, errorRate: 0 };
    expect(decide({ ...plan, limits: none }, 0, window({ failures: 1 }))?.action).toBe('roll_back');
  });

  test('is not judged by what nobody has limited', () => {
    const none = { errorRate: null, latencyRatio: null, disagreement: null, minRequests: 1 };
    const bad = window({ failures: 50, ms: 9999, differed: 100 });
    expect(decide({ ...plan, limits: none }, 0, bad)).toBeUndefined();
  });
});

/**
 * After how many of its requests a canary is taken back that fails with this probability and has a
 * tenth of the requests; the live version fails with 0.03. It is looked at after every ten of its own.
 */
function takenBack(dice: Dice, probability: number): number | undefined {
  const failed = (count: number, share: number): number =>
    Array.from({ length: count }, dice).filter((thrown) => thrown < share).length;
  let [requests, failures, live] = [0, 0, 0];
  while (requests < 1000) {
    requests += 10;
    failures += failed(10, probability);
    live += failed(90, 0.03);
    const seen = window({ requests, failures }, { requests: 9 * requests, failures: live });
    if (decide(plan, 0, seen) !== undefined) return requests;
  }
  return undefined;
}
