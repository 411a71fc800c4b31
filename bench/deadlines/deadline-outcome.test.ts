import { deadlineOutcome } from './deadline-outcome';

it.each([
  [504, false, 50, 'ended'],
  [504, false, 49, 'other'],
  [200, true, 50, 'ended'],
  [200, true, 1, 'other'],
  [200, false, 60, 'other'],
  [503, false, 1, 'refused'],
  [503, false, 60, 'refused'],
  [500, false, 60, 'other'],
  [0, false, NaN, 'other'],
])(
  'calls status %d, a default answer: %s, after %d ms %s',
  (status, isDefault, tookMs, outcome) => {
    expect(deadlineOutcome({ status, isDefault }, tookMs, 50)).toBe(outcome);
  },
);
