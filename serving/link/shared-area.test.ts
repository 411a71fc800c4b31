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

const unexpected = (code: string): void => {
  throw new Error(code);
};

test('where no file can be made there is no area: the reason is told, nothing is thrown', () => {
  const file = path.join(folder, 'no-directory');
  writeFileSync(file, '');
  const faults: string[] = [];
  const onFault = (code: string): void => {
    faults.push(code);
  };
  expect(createSharedArea(4096, onFault, file)).toBeUndefined();
  expect(createSharedArea(4096, onFault, path.join(folder, 'missing'))).toBeUndefined();
  expect(faults).toEqual(['ENOTDIR', 'ENOENT']);
  expect(createSharedArea(0, unexpected, folder)).toBeUndefined();
});

test('somebody may have taken its name away already', () => {
  const area = createSharedArea(4096, unexpected, folder);
  expect(readdirSync(folder)).toEqual([area?.name]);
  rmSync(path.join(folder, area?.name ?? ''));
  area?.unlink();
  expect(area?.place([Buffer.from('still there')])).toBe(0);
  area?.close();
});
