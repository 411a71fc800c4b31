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
])('code %p, signal %p, killed for %p: guilty %p', (code, signal, killedFor, guilty) => {
  const found = autopsy({ code, signal, killedFor, mark: 1 });
  expect(found.guilty).toBe(guilty);
  expect(found.reason).not.toBe('');
});
