/**
 * `npm test`: all tests, the ones beside their files in parallel, then those of tests/, which start
 * processes and often wait for them: three at a time, then those of the stack, which wait for
 * containers, beside the patient ones of tests/alone.json, and then the others of that one after the
 * other.
 * `npm test -- PATTERN...` runs the matching files only, in parallel.
 * Ends with the line `N passed, N failed, N skipped`; with CI=true a skipped test is a failure.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { report, run } from './jest-run.mjs';
import { prepare, root } from './prepare.mjs';

prepare();
const patterns = process.argv.slice(2);
const lists = JSON.parse(readFileSync(join(root, 'tests/alone.json'), 'utf8'));
const [alone, patient] = [lists.alone, lists.patient].map(({ tests }) => tests.map(patternOf));
const [clients, stack] = ['/dist/tests/clients/', '/dist/tests/stack/'];
const elsewhere = [clients, stack, ...patient, ...alone];
/** Runs of Jest, those of a line at the same time. */
const everything = [
  [['--maxWorkers', '100%', '--testPathIgnorePatterns', '/dist/tests/']],
  [['--maxWorkers', '3', '/dist/tests/', '--testPathIgnorePatterns', ...elsewhere]],
  [
    ['--runInBand', stack],
    ['--runInBand', ...patient],
  ],
  [['--runInBand', ...alone]],
];
const results = [];
for (const line of patterns.length > 0 ? [[patterns]] : everything) {
  results.push(...(await Promise.all(line.map((args) => run(args)))));
}
report(results.flat());

function patternOf(file) {
  return `/dist/${file.replace(/\.ts$/, '')}\\.`;
}
