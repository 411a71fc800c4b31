import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createCurrentMark, noRun, readCurrentMark } from './current-mark';

const directory = mkdtempSync(path.join(tmpdir(), 'shoal-mark-'));
afterAll(() => {
  rmSync(directory, { recursive: true });
});

test('the last mark is what stands there, whole', () => {
  const file = path.join(directory, 'mark');
  const mark = createCurrentMark(file);
  expect(readCurrentMark(file)).toEqual(noRun);
  mark.set(7);
  expect(readCurrentMark(file)).toEqual({ ...noRun, mark: 7 });
  const run = { mark: 7, content: 'ab'.repeat(16), losses: 2, answered: 5_000_000_000 };
  mark.setRun(run);
  expect(readCurrentMark(file)).toEqual({ ...run, answered: 0xffffffff });
  mark.set(7);
  expect(readCurrentMark(file)).toEqual({ ...noRun, mark: 7 });
  mark.close();
});

test('where there is none, or half a one, there is none', () => {
  expect(readCurrentMark(path.join(directory, 'missing'))).toEqual(noRun);
});
