/**
 * `npm run test:clients`: third-party clients against clusters that it starts; see tests/clients/.
 * Installs those that are missing first, into a cache outside the project. What cannot be installed
 * is skipped and named; with CI=true that is a failure.
 *   npm run test:clients -- PART...    only clients with one of the parts in their names, and the
 *                                      tests of folders below tests/clients/ that are called so
 *   npm run test:clients -- --write    also writes what was seen into docs/compatibility.md
 * `WAYS=edge,nginx` tries them on these ways only. Two ways are tried at the same time.
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
const { WAYS } = process.env;
const all = parts.length === 0 && WAYS === undefined;
if (write && !all) fail('--write wants all clients on all ways.');
const installer = join(root, 'dist/tests/clients/install/main.js');
spawnSync(process.execPath, [installer, ...parts], { cwd: root, stdio: 'inherit' });
const { wantedWays, partsIn } = await compiled('wanted');
const ways = wantedWays(parts, partsIn(WAYS)).map((way) => `/${way.replace(' ', '-')}\\.test`);
const folders = parts.map((part) => `/tests/clients/${part}/`);
const files = all ? [] : [...ways, ...folders];
if (!all && files.length === 0) fail('No way is called so.');
const tests = run(['--config', 'jest.clients.config.cjs', '--maxWorkers', '2', ...files], {
  CLIENTS: parts.join(),
});
if (all) tests.push(await comparedWithPage());
report(tests);

/** The page of compatibility says what this run saw, or is made to say it. */
async function comparedWithPage() {
  const page = await compiled('page');
  if (write) page.write(tests);
  return {
    titles: ['says what this run saw'],
    file: join(root, page.compatibilityPage),
    status: page.agrees(tests) ? 'passed' : 'failed',
  };
}

function compiled(name) {
  return import(pathToFileURL(join(root, `dist/tests/clients/${name}.js`)).href);
}
