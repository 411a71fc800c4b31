/**
 * `npm test`: all tests, the ones beside their files in parallel, then those of tests/, which
 * start processes, one after the other. `npm test -- PATTERN...` runs the matching files only.
 * Ends with the line `N passed, N failed, N skipped`; with CI=true a skipped test is a failure.
 */
import { report, run } from './jest-run.mjs';
import { prepare } from './prepare.mjs';

prepare();
const patterns = process.argv.slice(2);
const everything = [
  ['--maxWorkers', '100%', '--testPathIgnorePatterns', '/dist/tests/'],
  ['--runInBand', '--testPathPatterns', '/dist/tests/'],
];
const results = (patterns.length > 0 ? [patterns] : everything).map((args) => run(args));
report(results.flat());
