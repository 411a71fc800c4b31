import { deadlineOutcome } from './deadline-outcome';

it.each([
  [504, false, 50, 'ended'],
  [504, false, 49, 'other'],
  [200, true, 60, 'other'],
  [200, false, 60, 'other'],
  [503, false, 1, 'refused'],
  [503, false, 60, 'refused'],
  [500, false, 60, 'other'],
  [0, false, NaN, 'other'],
])(
  'calls status %d, a default answer: %s, after %d ms %s',
  (status, isDefault, tookMs, outcome) => {
    const deadline = { deadlineMs: 50, hasDefault: false };
    expect(deadlineOutcome({ status, isDefault }, tookMs, deadline)).toBe(outcome);
  },
);

it.each([
  [200, true, 50, 'ended'],
  [200, true, 1, 'other'],
  [200, false, 60, 'other'],
  [504, false, 60, 'other'],
  [503, false, 60, 'refused'],
])(
  'of a model with a default answer: calls status %d, a default answer: %s, after %d ms %s',
  (status, isDefault, tookMs, outcome) => {
    const deadline = { deadlineMs: 50, hasDefault: true };
    expect(deadlineOutcome({ status, isDefault }, tookMs, deadline)).toBe(outcome);
  },
);
