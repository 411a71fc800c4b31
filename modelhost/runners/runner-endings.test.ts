import type { RunnerChange } from './runner-supervisor';
import { rememberEndings } from './runner-endings';

test('the last endings of runners are remembered, with their reason, and nothing else', () => {
  let tell: (change: RunnerChange) => void = () => undefined;
  const endings = rememberEndings({
    onChange(listener) {
      tell = listener;
      return () => true;
    },
  });
  expect(endings()).toEqual([]);
  const runner = (id: string): { id: string; address: string } => ({ id, address: 'unix:/r' });
  tell({ kind: 'replaced', runner: runner('1') });
  tell({ kind: 'loaded', model: 'm', version: 1, runner: runner('2') });
  tell({ kind: 'died', runner: runner('2'), reason: 'it ended with SIGSEGV' });
  expect(endings()).toEqual([
    { id: '1', kind: 'replaced', reason: '' },
    { id: '2', kind: 'died', reason: 'it ended with SIGSEGV' },
  ]);
  for (let id = 3; id < 30; id++) tell({ kind: 'left', runner: runner(String(id)) });
  expect([endings().length, endings().at(-1)?.id]).toEqual([16, '29']);
});
