import { deadlineOutcome } from './deadline-outcome';

const deadlineMs = 50;

it.each<[model: string, [status: number, isDefault: boolean, tookMs: number], outcome: string]>([
  ['has no default answer', [504, false, 50], 'ended'],
  ['has no default answer', [504, false, 49], 'other'],
  ['has no default answer', [200, true, 60], 'other'],
  ['has no default answer', [200, false, 60], 'other'],
  ['has no default answer', [503, false, 1], 'refused'],
  ['has no default answer', [503, false, 60], 'refused'],
  ['has no default answer', [500, false, 60], 'other'],
  ['has no default answer', [0, false, NaN], 'other'],
  ['has one', [200, true, 50], 'ended'],
  ['has one', [200, true, 1], 'other'],
  ['has one', [200, false, 60], 'other'],
  ['has one', [504, false, 60], 'other'],
  ['has one', [503, false, 60], 'refused'],
])('of a model that %s: status, flag and milliseconds %j are %s', (model, answer, outcome) => {
  const [status, isDefault, tookMs] = answer;
  const deadline = { deadlineMs, hasDefault: model === 'has one' };
  expect(deadlineOutcome({ status, isDefault }, tookMs, deadline)).toBe(outcome);
});
