import { EventLog } from '../../serving/events/event-log';
import { createUploadLogs, receivingSteps } from './upload-logs';

test('logs are found by id; those that have been over for longest make room', () => {
  const logs = createUploadLogs(2);
  const a = logs.begin('a');
  const b = logs.begin('b');
  expect(logs.find('a')).toBe(a);
  // Both go on: a third cannot be followed.
  logs.begin('c');
  expect(logs.find('c')).toBeUndefined();
  b.end();
  const c = logs.begin('c');
  expect([logs.find('a'), logs.find('c')]).toEqual([a, c]);
  expect(logs.find('b')).toBeUndefined();
});

test('an id that is used again is the later upload, once the first is over', () => {
  const logs = createUploadLogs();
  const first = logs.begin('a');
  logs.begin('a');
  expect(logs.find('a')).toBe(first);
  first.end();
  expect(logs.find('a')).toBe(first);
  const second = logs.begin('a');
  expect(logs.find('a')).toBe(second);
});

test.each([
  [100_000_000, 10],
  [0, 5],
  [1_000_000, 0],
])('of %i bytes there are at most so many steps: %i', (total, steps) => {
  const log = new EventLog(1000);
  const tell = receivingSteps(log, total);
  const most = total === 0 ? 100_000_000 : total;
  for (let bytes = 0; bytes <= most; bytes += 65_536) tell(bytes);
  const { length } = log.after(0).events;
  expect(length).toBeLessThanOrEqual(steps);
  expect(length).toBeGreaterThanOrEqual(steps - 1);
});
