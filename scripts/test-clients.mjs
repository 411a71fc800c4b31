/**
 * `npm run test:clients`: third-party clients against clusters that it starts; see tests/clients/.
 * Installs those that are missing first, into a cache outside the project. What cannot be installed
 * is skipped and named; with CI=true that is a failure.
 *   npm run test:clients -- PART...    only clients with one of the parts in their names
 *   npm run test:clients -- --write    also writes what was seen into docs/compatibility.md
 * Ends with the line `N passed, N failed, N skipped`.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { report, run } from './jest-run.mjs';
import { fail, prepare, root } from './prepare.mjs';

prepare();
const write = process.argv.includes('--write');
const parts = process.argv.slice(2).filter((word) => word !== '--write');
if (write && parts.length > 0) fail('--write wants all clients.');
const installer = join(root, 'dist/tests/clients/install/main.js');
spawnSync(process.execPath, [installer, ...parts], { cwd: root, stdio: 'inherit' });
const tests = run(['--config', 'jest.clients.config.cjs', '--runInBand'], {
  CLIENTS: parts.join(),
});
if (parts.length === 0) tests.push(await comparedWithPage());
report(tests);

/** The page of compatibility says what this run saw, or is made to say it. */
async function comparedWithPage() {
  const page = await import(pathToFileURL(join(root, 'dist/tests/clients/page.js')).href);
  if (write) page.write(tests);
  return {
    titles: ['says what this run saw'],
    file: join(root, page.compatibilityPage),
    status: page.agrees(tests) ? 'passed' : 'failed',
  };
}
