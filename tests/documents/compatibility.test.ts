import { existsSync, readFileSync } from 'node:fs';
import { allWays, titleOf } from '../clients/client';
import { clients } from '../clients/clients';
import { compatibilityPage, tablesOfPage, wantedTables } from '../clients/page';
import { install, isInstalled, type Tool } from '../clients/install/tool';
import { readDocument, tableUnder } from '../support/markdown';
import { temporaryDirectory } from '../support/small-models';

test(`${compatibilityPage} has a line for every check of the clients, and each is seen to hold`, () => {
  expect(tablesOfPage()).toBe(wantedTables());
});

test(`the tests that ${compatibilityPage} names are there, by their titles`, () => {
  const rows = tableUnder(readDocument(compatibilityPage), 'What is otherwise');
  expect(rows.length).toBeGreaterThan(30);
  expect(rows.flatMap((cells) => [...faultsOf(cells.at(-1)!)])).toEqual([]);
});

/** What is wrong with a cell that names files of tests, and behind each the titles of some. */
function* faultsOf(cell: string): Generator<string> {
  if (/^the tables? of .* below$/.test(cell)) return;
  const named = [...cell.matchAll(/`([\w/-]+\.test\.ts)`((?:,? "[^"]+")+)/g)];
  const length = named.reduce((sum, [text]) => sum + text.length, 2 * (named.length - 1));
  if (length !== cell.length) yield `'${cell}' is not a list of files with titles`;
  for (const [, file = '', titles = ''] of named) {
    const source = existsSync(file) ? readFileSync(file, 'utf8') : '';
    for (const [, title = ''] of titles.matchAll(/"([^"]+)"/g)) {
      const written = ["'", '"', '`'].some((quote) => source.includes(quote + title + quote));
      if (!written) yield `${file} has no test '${title}'`;
    }
  }
}

test('each way has a file of tests', () => {
  const files = allWays.map((way) => `tests/clients/ways/${way.replace(' ', '-')}.test.ts`);
  expect(files.filter((file) => !existsSync(file))).toEqual([]);
});

test('checks have names of their own', () => {
  const names = clients.flatMap((one) => one.checks.map(({ what }) => `${titleOf(one)}: ${what}`));
  expect(names.length).toBeGreaterThan(20);
  expect(new Set(names).size).toBe(names.length);
});

describe('the cache of clients', () => {
  const cache = temporaryDirectory();
  const tool: Tool = {
    name: 'one',
    version: '1',
    recipe: 'as it is',
    install: (folder, run) => run('touch', [`${folder}/there`]),
  };

  it('holds what its recipe asks for', async () => {
    expect(isInstalled(tool, cache)).toBe(false);
    await install(tool, cache);
    expect(isInstalled(tool, cache)).toBe(true);
    expect(isInstalled({ ...tool, recipe: 'another' }, cache)).toBe(false);
    expect(isInstalled({ ...tool, version: '2' }, cache)).toBe(false);
  });

  it('does not hold what failed half-way, and says why', async () => {
    const broken: Tool = {
      ...tool,
      install: (_, run) => run('sh', ['-c', 'echo no such package; exit 3']),
    };
    await expect(install(broken, cache)).rejects.toThrow(/ended with 3\n {2}no such package$/);
    expect(isInstalled(tool, cache)).toBe(false);
    const absent: Tool = { ...tool, install: (_, run) => run('no-such-program', []) };
    await expect(install(absent, cache)).rejects.toThrow(/no-such-program ENOENT/);
  });
});
