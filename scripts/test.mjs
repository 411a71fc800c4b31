/**
 * `npm test`: all tests, the ones beside their files in parallel, then those of tests/, which
 * start processes, one after the other. `npm test -- PATTERN...` runs the matching files only.
 * Ends with the line `N passed, N failed, N skipped`; with CI=true a skipped test is a failure.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepare, root } from './prepare.mjs';

prepare();
const patterns = process.argv.slice(2);
const everything = [
  ['--testPathIgnorePatterns', '/dist/tests/'],
  ['--runInBand', '--testPathPatterns', '/dist/tests/'],
];
const results = (patterns.length > 0 ? [patterns] : everything).map(run);
report(results.flat());

/** Runs Jest; one entry per test: its name, status and file. */
function run(args) {
  const folder = mkdtempSync(join(tmpdir(), 'shoal-test-'));
  const output = join(folder, 'results.json');
  const jest = join(root, 'node_modules/jest/bin/jest.js');
  spawnSync(
    process.execPath,
    [jest, '--passWithNoTests', '--json', '--outputFile', output, ...args],
    {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  const tests = existsSync(output)
    ? JSON.parse(readFileSync(output, 'utf8')).testResults.flatMap(testsOf)
    : [{ name: 'Jest itself', file: jest, status: 'failed' }];
  rmSync(folder, { recursive: true });
  return tests;
}

/** A file that could not be run at all counts as one failed test. */
function testsOf(file) {
  const tests = file.assertionResults.map(({ fullName, status }) => ({
    name: fullName,
    file: file.name,
    status,
  }));
  const broken = file.status === 'failed' && !tests.some(({ status }) => status === 'failed');
  return broken
    ? [...tests, { name: 'the file itself', file: file.name, status: 'failed' }]
    : tests;
}

function report(tests) {
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
  for (const { name, file } of tests) {
    process.stdout.write(
      `  ${file.replace(`${root}dist/`, '').replace(/\.js$/, '.ts')}: ${name}\n`,
    );
  }
}
