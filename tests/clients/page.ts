import { readFileSync, writeFileSync } from 'node:fs';
import { titleOf, ways, waysOf, type Check, type Client, type Way } from './client';
import { clients } from './clients';

/** A test of a run: the titles of what it is in, outer ones first, and its own. */
export interface RunTest {
  readonly titles: readonly string[];
  readonly status: string;
}

/** Whether a check was seen to succeed on a way. */
type Seen = (client: Client, way: Way, check: Check) => boolean;

export const compatibilityPage = 'docs/compatibility.md';
const begin = '<!-- by npm run test:clients -- --write -->\n';
const end = '<!-- end -->\n';

/** What the page has to say where every check succeeds. */
export function wantedTables(): string {
  return tables(() => true);
}

/** What the page says now. */
export function tablesOfPage(): string {
  return parts()[1];
}

/** Writes what a run saw into the page. */
export function write(tests: readonly RunTest[]): void {
  const [before, , after] = parts();
  writeFileSync(compatibilityPage, [before, tables(seenIn(tests)), after].join(''));
}

/** Whether the page says what a run saw. */
export function agrees(tests: readonly RunTest[]): boolean {
  return tables(seenIn(tests)) === tablesOfPage();
}

function parts(): [string, string, string] {
  const text = readFileSync(compatibilityPage, 'utf8');
  const from = text.indexOf(begin) + begin.length;
  const to = text.indexOf(end);
  if (from < begin.length || to < from) throw new Error(`${compatibilityPage} has no marks`);
  return [text.slice(0, from), text.slice(from, to), text.slice(to)];
}

function seenIn(tests: readonly RunTest[]): Seen {
  const key = (titles: readonly string[]): string => titles.join('\n');
  const passed = new Set(
    tests.filter(({ status }) => status === 'passed').map(({ titles }) => key(titles)),
  );
  return (client, way, { what }) => passed.has(key([way, titleOf(client), what]));
}

function tables(seen: Seen): string {
  return clients.map((client) => table(client, seen)).join('');
}

function table(client: Client, seen: Seen): string {
  const rows = client.checks.flatMap((check) => {
    const good = waysOf(check).filter((way) => seen(client, way, check));
    const bad = waysOf(check).filter((way) => !good.includes(way));
    return [
      ...(good.length > 0 ? [row(check, result(check), good)] : []),
      ...(bad.length > 0 ? [row(check, 'fails', bad)] : []),
    ];
  });
  return `\n## ${titleOf(client)}\n\n| What | Result | Where |\n|---|---|---|\n${rows.join('')}\n`;
}

function row({ what }: Check, result: string, where: readonly Way[]): string {
  const more = where.filter((way) => !ways.some((one) => one === way));
  const names = where.length - more.length === ways.length ? ['everywhere', ...more] : where;
  return `| ${what.replaceAll('|', '\\|')} | ${result} | ${names.join(', ')} |\n`;
}

function result({ not }: Check): string {
  return not === undefined ? 'works' : `no: ${not}`;
}
