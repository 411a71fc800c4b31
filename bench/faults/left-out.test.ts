import { hostLines } from '../../inferrer/host-lines';
import { leftOutAt } from './left-out';

function line(host: string, msg: string, second: number): string {
  return JSON.stringify({ time: `2026-01-01T00:00:0${second}.250Z`, host, msg });
}

const since = Date.parse('2026-01-01T00:00:02.250Z');

it.each(Object.values(hostLines))('is when the inferrer says of the host: %s', (msg) => {
  const lines = [
    'no JSON',
    'null',
    line('host-1', msg, 1),
    line('host-2', msg, 3),
    line('host-1', 'request', 3),
    line('host-1', msg, 4),
    line('host-1', msg, 5),
    line('host-1', msg, 6).slice(0, -3),
  ];
  expect(leftOutAt(lines.join('\n'), 'host-1', since) - since).toBe(2000);
});

it('counts what is said in the same millisecond', () => {
  expect(leftOutAt(line('host-1', hostLines.gone, 2), 'host-1', since)).toBe(since);
});

it('is never where nothing is said of the host', () => {
  const log = line('host-2', hostLines.gone, 3);
  expect(leftOutAt(log, 'host-1', since)).toBeNaN();
});
