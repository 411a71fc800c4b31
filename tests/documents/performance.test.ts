import { planOf } from '../../bench/bench';
import { parseOptions, type BenchOptions, type SetName } from '../../bench/options';
import { scalePlan, type Plan } from '../../bench/plans';
import { report } from '../../bench/report';
import type { BenchResults } from '../../bench/results';
import { plainResults } from '../support/bench-results';
import { fencesOf, readDocument } from '../support/markdown';

const file = 'docs/performance.md';

/** A table as the bench prints it. */
interface Printed {
  /** With `#` for its figures. */
  readonly title: string;
  readonly columns: string;
  readonly rows: readonly string[];
}

/** What is wrong with the tables of a document, in words. */
function faultsOf(text: string): string[] {
  const commands = fencesOf(text).flatMap(({ language, text: line }) =>
    language === 'sh' ? (/^npm run bench -- (.*)\n$/.exec(line)?.[1] ?? []) : [],
  );
  const pairs = [
    ...text.matchAll(/^```sh\nnpm run bench -- (.*)\n```\n\n```text\n([\s\S]*?)^```$/gm),
  ].map(([, command = '', output = '']) => ({ command, output }));
  const tables = fencesOf(text).filter(({ language }) => language === 'text');
  const bare = commands.filter((one) => pairs.every(({ command }) => command !== one));
  const repeated = commands.filter((one, index) => commands.indexOf(one) < index);
  return [
    ...bare.map((command) => `${command}: no table follows`),
    ...repeated.map((command) => `${command}: stands there twice`),
    ...(tables.length > pairs.length ? ['a table follows no command'] : []),
    ...pairs.flatMap(({ command, output }) => faultsOfTables(command, output)),
  ];
}

function faultsOfTables(command: string, output: string): string[] {
  const options = parseOptions(command.split(' '));
  const wanted = printed(report(resultsOf(options)));
  const found = printed(output);
  const titles = (tables: readonly Printed[]): string => tables.map(({ title }) => title).join();
  if (titles(found) !== titles(wanted)) {
    return [`${command}: wanted ${titles(wanted)}; found ${titles(found)}`];
  }
  return found.flatMap(({ title, columns, rows }, index) => [
    ...(columns === wanted[index]?.columns ? [] : [`${command}: ${title}: other columns`]),
    ...(rows.length > 0 ? [] : [`${command}: ${title}: no rows`]),
    ...faultsOfRows(`${command}: ${title}`, rows, planUnder(title, options)),
  ]);
}

function printed(text: string): Printed[] {
  const parts = text.trimEnd().split('\n\n');
  return parts.flatMap((title, index) => {
    if (index % 2 === 1) return [];
    const [columns = '', ...rows] = (parts[index + 1] ?? '').split('\n');
    const masked = title.replace(/\d[\d.,]*/g, '#');
    return [{ title: masked, columns: columns.split(/ {2,}/).join(', '), rows }];
  });
}

/** Results of everything that is asked for. */
function resultsOf({ bare, scenarios, sets }: BenchOptions): BenchResults {
  const all = plainResults();
  const wanted = (name: SetName): boolean => sets.includes(name);
  const of = <Result>(name: SetName, results: readonly Result[]): readonly Result[] =>
    wanted(name) ? results : [];
  return {
    ...all,
    bare: bare ? all.bare : [],
    scenarios: scenarios.length > 0 ? all.scenarios : [],
    scale: of('scale', all.scale),
    costs: of('costs', all.costs),
    changes: of('changes', all.changes),
    levers: of('levers', all.levers),
    overload: wanted('overload') ? all.overload : null,
    deadlines: of('deadlines', all.deadlines),
    faults: of('faults', all.faults),
    memory: wanted('memory') ? all.memory : null,
  };
}

/** What a table of scenarios is of. */
function planUnder(title: string, options: BenchOptions): Plan | undefined {
  if (title === 'The cluster') return planOf(options);
  return title === 'Connections and hosts' ? scalePlan : undefined;
}

/**
 * Of what is not there once for each size of a cluster and each number of connections, and through
 * nginx where that was asked for.
 */
function faultsOfRows(where: string, rows: readonly string[], plan: Plan | undefined): string[] {
  if (plan === undefined) return [];
  const wanted = plan.hosts.flatMap((hosts) =>
    plan.scenariosAt(hosts).flatMap(({ scenario, connections }) => {
      return connections.map((count) => `${scenario.name} ${hosts} ${count}`);
    }),
  );
  const found = rows
    .filter((row) => !row.startsWith(' '))
    .map((row) => row.split(/ +/).slice(0, 3).join(' '));
  const throughNginx = rows.some((row) => row.split(/ +/).includes('nginx'));
  return [
    ...(found.join() === wanted.join()
      ? []
      : [`${where}: wanted rows ${wanted.join()}; found ${found.join()}`]),
    ...(throughNginx === plan.nginx ? [] : [`${where}: wanted nginx: ${plan.nginx}`]),
  ];
}

describe('tables of the bench', () => {
  const command = 'tiny-json --connections 8,64';
  const scenarios = plainResults().scenarios.flatMap((one) => [
    { ...one, connections: 8 },
    { ...one, connections: 64 },
  ]);
  const cluster = report({ ...resultsOf(parseOptions(['tiny-json'])), scenarios });
  const overload = report(resultsOf(parseOptions(['overload'])));
  const block = (asked: string, output: string): string =>
    `\`\`\`sh\nnpm run bench -- ${asked}\n\`\`\`\n\n\`\`\`text\n${output}\n\`\`\`\n`;
  const right = `${block(command, cluster)}\n${block('overload --quick', overload)}`;

  it('are right as the bench prints them', () => {
    expect(faultsOf(right)).toEqual([]);
  });

  it.each([
    ['of another set', block(command, overload), /: wanted The cluster; found Overload, /],
    ['of more than was asked for', block(command, `${cluster}\n\n${overload}`), /found The clust/],
    ['with a column less', right.replace(/ +kernel %/, ''), /The cluster: other columns$/],
    ['with a column of another name', right.replace('of peak', 'of top'), /: other columns$/],
    ['of other connections', block('tiny-json --quick', cluster), /wanted rows tiny-json 2 1,tiny/],
    ['without nginx', block(`${command} --nginx`, cluster), /wanted nginx: true$/],
    ['of another scenario', right.replaceAll('tiny-json  ', 'mlp-json  '), /found mlp-json 2 8,ml/],
    ['without rows', right.replace(/(timeout ms.*\n)[\s\S]*?```/, '$1```'), /at once: no rows$/],
    ['that are missing', right.replaceAll('```text', '```'), /no table follows$/],
    ['behind other words', right.replace('\n\n```text', '\n\nA.\n\n```text'), /no table follows$/],
    ['of no command', `${right}\n\`\`\`text\n${overload}\n\`\`\`\n`, /a table follows no command/],
    ['given twice', `${right}\n${block(command, cluster)}`, /stands there twice$/],
  ])('%s are wrong', (_, text, fault) => {
    expect(faultsOf(text)).toContainEqual(expect.stringMatching(fault));
  });

  it(`are in ${file}, each under its command`, () => {
    expect(faultsOf(readDocument(file))).toEqual([]);
  });
});
