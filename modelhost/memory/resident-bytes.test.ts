import type { RunnerMemory } from '../runners/runner-supervisor';
import { ResidentBytes } from './resident-bytes';

let now: RunnerMemory[] = [];
let subject: ResidentBytes;

beforeEach(() => {
  subject = new ResidentBytes(() => now);
});

function total(...runners: [runner: string, keeper: string, bytes: number, loading?: boolean][]) {
  now = runners.map(([runner, keeper, bytes, loading = false]) => ({
    runner,
    keeper,
    bytes,
    loading,
  }));
  subject.look();
  return subject.total();
}

test('of a runner and the one that replaces it the larger counts, until one has gone', () => {
  expect(total(['a', 'shared', 100], ['own', 'm:1', 7])).toBe(107);
  expect(total(['a', 'shared', 100], ['b', 'shared', 60], ['own', 'm:1', 7])).toBe(107);
  expect(total(['a', 'shared', 100], ['b', 'shared', 120], ['own', 'm:1', 7])).toBe(127);
  expect(total(['b', 'shared', 60], ['own', 'm:1', 7])).toBe(67);
});

test('of a runner that loads, what was there before counts', () => {
  expect(total(['a', 'shared', 100])).toBe(100);
  expect(total(['a', 'shared', 150, true])).toBe(100);
  subject.freed('a', 30);
  expect(subject.total()).toBe(70);
  expect(total(['a', 'shared', 120])).toBe(120);
});
