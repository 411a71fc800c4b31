/** What `npm test` and `npm run test:clients` share: Jest, run and counted. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './prepare.mjs';

/** Runs Jest; one entry per test: its titles, outer ones first, its status, why it failed, its file. */
export function run(args, env = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'shoal-test-'));
  const output = join(folder, 'results.json');
  const jest = join(root, 'node_modules/jest/bin/jest.js');
  spawnSync(
    process.execPath,
    [jest, '--passWithNoTests', '--json', '--outputFile', output, ...args],
    {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  const tests = existsSync(output)
    ? JSON.parse(readFileSync(output, 'utf8')).testResults.flatMap(testsOf)
    : [{ titles: ['Jest itself'], file: jest, status: 'failed' }];
  rmSync(folder, { recursive: true });
  return tests;
}

/** A file that could not be run at all counts as one failed test. */
function testsOf(file) {
  const tests = file.assertionResults.map(({ ancestorTitles, title, status }) => ({
    titles: [...ancestorTitles, title],
    file: file.name,
    status,
  }));
  const broken = file.status === 'failed' && !tests.some(({ status }) => status === 'failed');
  return broken
    ? [...tests, { titles: ['the file itself'], file: file.name, status: 'failed' }]
    : tests;
}

/** Says what was skipped and failed, and how many passed; with CI=true a skipped test is a failure. */
export function report(tests) {
  const passed = tests.filter(({ status }) => status === 'passed');
  const failed = tests.filter(({ status }) => status === 'failed');
  const skipped = tests.filter(({ status }) => status !== 'passed' && status !== 'failed');
  list('Skipped:', skipped);
  list('Failed:', failed);
  const strict = process.env.CI === 'true' && skipped.length > 0;
  if (strict) process.stdout.write('With CI=true nothing may be skipped.\n');
  if (tests.length === 0) process.stdout.write('No test matches.\n');
  process.exitCode = failed.length > 0 || strict || tests.length === 0 ? 1 : 0;
  process.stdout.write(
    `${passed.length} passed, ${failed.length} failed, ${skipped.length} skipped\n`,
  );
}

function list(title, tests) {
  if (tests.length === 0) return;
  process.stdout.write(`${title}\n`);
  for (const { titles, file } of tests) {
    const source = file.replace(`${root}dist/`, '').replace(/\.js$/, '.ts');
    process.stdout.write(`  ${source}: ${titles.join(' ')}\n`);
  }
}
