/**
 * `npm test`: all tests, the ones beside their files in parallel, then those of tests/, which start
 * processes and often wait for them: three at a time, and beside them those of tests/stack/ one after
 * the other, which mostly wait for Docker. Then those of tests/alone.json, each by itself.
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
const [clients, stack] = ['/dist/tests/clients/', '/dist/tests/stack/'];
const everything = [
  [['--maxWorkers', '100%', '--testPathIgnorePatterns', '/dist/tests/']],
  [
    ['--maxWorkers', '3', '/dist/tests/', '--testPathIgnorePatterns', clients, stack, ...alone],
    ['--runInBand', stack],
  ],
  [['--runInBand', ...alone]],
];
const results = [];
for (const beside of patterns.length > 0 ? [[patterns]] : everything) {
  results.push(...(await Promise.all(beside.map((args) => run(args)))).flat());
}
report(results);
