import type { CanaryPlan } from '../../protocol/canary/canary';
import { decide, type Window } from './decide';
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
    ['that fails is taken back at once', window({ failures: 2 }), 'roll_back'],
    [
      'that fails is taken back when its time is over',
      window({ failures: 2 }, {}, 60_000),
      'roll_back',
    ],
    ['may fail as often as is allowed', window({ failures: 1 }), undefined],
    ['that fails as the live one does stays', window({ failures: 5 }, { failures: 5 }), undefined],
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
    ['that answers otherwise is taken back', window({ differed: 3 }), 'roll_back'],
    ['may differ as often as is allowed', window({ differed: 2 }), undefined],
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

  test('says why', () => {
    expect(decide(plan, 0, window({ failures: 2 }))?.reason).toBe(
      '2 of 100 requests failed, more than 1 %; of the live version 0 %',
    );
    expect(decide(plan, 0, window({ ms: 400 }))?.reason).toBe(
      "an answer takes 4.00 ms, more than 1.5 times the live version's 2.00 ms",
    );
    expect(decide(plan, 0, window({ differed: 5 }))?.reason).toBe(
      "5 of 100 answers differ from the live version's, more than 2 %",
    );
  });

  test('is not judged by what nobody has limited', () => {
    const none = { errorRate: null, latencyRatio: null, disagreement: null, minRequests: 1 };
    const bad = window({ failures: 50, ms: 9999, differed: 100 });
    expect(decide({ ...plan, limits: none }, 0, bad)).toBeUndefined();
  });
});
