import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { clusterProcesses, killLeft, numbered, roleOf } from './cluster-process';

it.each([
  ['node /app/dist/embedded/main.js ', 'supervisor'],
  ['node --enable-source-maps /app/dist/inferrer/main.js ', 'inferrer'],
  ['node /app/dist/metrics/service/main.js ', 'metrics'],
  ['node /app/dist/modelhost/main.js ', 'host'],
  ['node /app/dist/modelhost/runner/main.js ', 'runner'],
  ['sleep 5 ', 'other'],
])('knows %s as %s', (command, role) => {
  expect(roleOf(command)).toBe(role);
});

it('numbers what there may be several of', () => {
  expect(numbered(['supervisor', 'inferrer', 'host', 'runner', 'host', 'runner'])).toEqual([
    'supervisor',
    'inferrer',
    'host-1',
    'runner-1',
    'host-2',
    'runner-2',
  ]);
});

it('tells a second inferrer from the first, and leaves names of nginx alone', () => {
  const names = ['inferrer', 'inferrer', 'edge', 'edge'];
  expect(numbered(names)).toEqual(['inferrer', 'inferrer-2', 'edge', 'edge']);
});

it('kills what it was shown and nothing that has taken over a number', async () => {
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()']);
  await once(child, 'spawn');
  const shown = clusterProcesses(child.pid!);
  expect(shown).toMatchObject([{ name: 'other-1', pid: child.pid }]);
  killLeft(shown.map((one) => ({ ...one, startedAt: one.startedAt - 1 })));
  expect(clusterProcesses(child.pid!)).toHaveLength(1);
  const exit = once(child, 'exit');
  killLeft(shown);
  expect(await exit).toEqual([null, 'SIGKILL']);
  killLeft(shown);
});
