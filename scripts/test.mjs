/**
 * `npm test`: all tests, the ones beside their files in parallel, then those of tests/, which start
 * processes and often wait for them: three at a time, and then those of tests/alone.json one after
 * the other.
 * `npm test -- PATTERN...` runs the matching files only, in parallel.
 * Ends with the line `N passed, N failed, N skipped`; with CI=true a skipped test is a failure.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { report, run } from './jest-run.mjs';
import { prepare, root } from './prepare.mjs';

prepare();
const patterns = process.argv.slice(2);
const { tests } = JSON.parse(readFileSync(join(root, 'tests/alone.json'), 'utf8'));
const alone = tests.map((file) => `/dist/${file.replace(/\.ts$/, '')}\\.`);
const clients = '/dist/tests/clients/';
const everything = [
  ['--maxWorkers', '100%', '--testPathIgnorePatterns', '/dist/tests/'],
  ['--maxWorkers', '3', '/dist/tests/', '--testPathIgnorePatterns', clients, ...alone],
  ['--runInBand', ...alone],
];
const results = (patterns.length > 0 ? [patterns] : everything).map((args) => run(args));
report(results.flat());
