import { noRun } from '../runner/current-mark';
import { tooMuchMemoryCode } from '../runner/memory-watch';
import { autopsy, type KillReason } from './runner-death';

test.each<[number | null, NodeJS.Signals | null, KillReason | undefined, boolean]>([
  [null, 'SIGABRT', undefined, true],
  [null, 'SIGSEGV', undefined, true],
  [null, 'SIGKILL', undefined, false],
  [null, 'SIGTERM', undefined, false],
  [134, null, undefined, true],
  [0, null, undefined, false],
  [null, 'SIGKILL', 'stuck', true],
  [null, 'SIGKILL', 'memory', true],
  [null, 'SIGKILL', 'stopping', false],
  [null, 'SIGKILL', 'frozen', false],
  [null, 'SIGKILL', 'grown', false],
])('code %p, signal %p, killed for %p: guilty %p', (code, signal, killedFor, guilty) => {
  const found = autopsy({ code, signal, killedFor, ageMs: 60_000, at: noRun });
  expect(found.guilty).toBe(guilty);
  expect(found.reason).not.toBe('');
});

test("too much memory right after the start is the fault of what it holds, later nobody's", () => {
  const death = { code: null, signal: 'SIGKILL', killedFor: 'grown', at: noRun } as const;
  expect(autopsy({ ...death, ageMs: 59_999 }).guilty).toBe(true);
  expect(autopsy({ ...death, ageMs: 60_000 }).guilty).toBe(false);
});

test('a runner that ends itself for a run that took too much memory blames that run', () => {
  const death = { signal: null, killedFor: undefined, ageMs: 1, at: noRun };
  expect(autopsy({ ...death, code: tooMuchMemoryCode }).reason).toMatch(/memory/);
});
