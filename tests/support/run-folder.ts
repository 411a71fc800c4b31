import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const variable = 'SHOAL_TEST_RUN';

/** Called by Jest before all tests: makes the folder that its test files share. */
export default function makeRunFolder(): void {
  process.env[variable] = mkdtempSync(path.join(tmpdir(), 'shoal-run-'));
}

/** Folder that all test files of a run of Jest share, and that goes with it. */
export function runFolder(): string {
  const folder = process.env[variable];
  if (folder === undefined) throw new Error('there is a folder of the run within Jest only');
  return folder;
}
