import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createSharedArea } from './shared-area';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'shoal-area-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('where no file can be made there is no area, and nothing is thrown', () => {
  const file = path.join(folder, 'no-directory');
  writeFileSync(file, '');
  expect(createSharedArea(4096, file)).toBeUndefined();
  expect(createSharedArea(4096, path.join(folder, 'missing'))).toBeUndefined();
});

test('somebody may have taken its name away already', () => {
  const area = createSharedArea(4096, folder);
  expect(readdirSync(folder)).toEqual([area?.name]);
  rmSync(path.join(folder, area?.name ?? ''));
  area?.unlink();
  expect(area?.place([Buffer.from('still there')])).toBe(0);
  area?.close();
});
