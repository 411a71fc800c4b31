import type { Figures } from './figures';
import type { MemoryRun } from './memory';
import type { BareResult, BenchResults, ScenarioResult } from './results';
import { short, table } from './table';

/** The results as text for a terminal; docs/performance.md says what each column means. */
export function report(results: BenchResults): string {
  const parts = [
    results.bare.length === 0 ? [] : ['The runtime by itself', bareTable(results.bare)],
    results.scenarios.length === 0 ? [] : ['The cluster', scenarioTable(results.scenarios)],
    results.memory === null ? [] : [memoryTitle(results.memory), memoryTable(results.memory)],
  ];
  return parts
    .filter((part) => part.length > 0)
    .map((part) => part.join('\n\n'))
    .join('\n\n');
}

function bareTable(results: readonly BareResult[]): string {
  const header = [
    'model',
    'processes',
    'rows/run',
    'runs/s',
    'rows/s',
    'p50 ms',
    'p99 ms',
    'us/row',
  ];
  return table(
    header,
    results.map(({ model, processes, rows, measured: { median } }) => [
      model,
      String(processes),
      String(rows),
      short(median.requestsPerSecond),
      short(median.rowsPerSecond),
      short(median.p50Ms),
      short(median.p99Ms),
      short((median.p50Ms * 1000) / rows),
    ]),
  );
}

const scenarioHeader = [
  'scenario',
  'conn',
  'req/s',
  'reference',
  'its req/s',
  'its us/req',
  'ratio',
  'p50 ms',
  'p99 ms',
  'its p50',
  'p50 ratio',
  'us/req: inferrer',
  'hosts',
  'runners',
  'rest',
  'wrk',
  'rows/batch',
];

function scenarioTable(results: readonly ScenarioResult[]): string {
  return table(
    scenarioHeader,
    results.flatMap((result) => scenarioLines(result)),
  );
}

/** One line per reference; what does not depend on it stands in the first only. */
function scenarioLines({ scenario, connections, sides, beside }: ScenarioResult): string[][] {
  const cluster = sides['cluster']?.median;
  if (cluster === undefined) return [];
  return beside.map(({ reference, rate, p50 }, line) => {
    const other = sides[reference]?.median;
    const once = (cell: string): string => (line === 0 ? cell : '');
    return [
      once(scenario),
      once(String(connections)),
      once(short(cluster.requestsPerSecond)),
      reference,
      short(other?.requestsPerSecond ?? null),
      short(other === undefined ? null : totalUs(other)),
      short(rate),
      once(short(cluster.p50Ms)),
      once(short(cluster.p99Ms)),
      short(other?.p50Ms ?? null),
      short(reference === 'echo' || connections === 1 ? p50 : null),
      ...cpuCells(cluster).map(once),
      once(short(cluster.rowsPerBatch)),
    ];
  });
}

/** Inferrer, all hosts, all runners, what is left, and the load generator. */
function cpuCells({ cpuUs }: Figures): string[] {
  const sum = (belongs: (name: string) => boolean): number =>
    Object.entries(cpuUs).reduce((total, [name, us]) => total + (belongs(name) ? us : 0), 0);
  const groups = ['inferrer', 'host', 'runner', 'wrk'];
  const of = (group: string): number => sum((name) => name.startsWith(group));
  const rest = sum((name) => !groups.some((group) => name.startsWith(group)));
  return [of('inferrer'), of('host'), of('runner'), rest, of('wrk')].map(short);
}

/** Of all processes but the load generator. */
function totalUs({ cpuUs }: Figures): number {
  return Object.entries(cpuUs).reduce((sum, [name, us]) => (name === 'wrk' ? sum : sum + us), 0);
}

function memoryTitle({ requests, seconds }: MemoryRun): string {
  return `Memory over ${requests.toLocaleString('en-US')} requests in ${short(seconds)} s`;
}

function memoryTable({ verdicts, requests, seconds }: MemoryRun): string {
  const mib = (bytes: number): string => short(bytes / 2 ** 20);
  const header = [
    'process',
    '1st half MiB',
    '2nd half MiB',
    'growth %',
    'bytes/request',
    'verdict',
  ];
  return table(
    header,
    verdicts.map((verdict) => [
      verdict.process,
      mib(verdict.firstBytes),
      mib(verdict.secondBytes),
      short(verdict.growthPercent),
      short((verdict.bytesPerSecond * seconds) / requests),
      verdict.flat ? 'flat' : 'GROWS',
    ]),
  );
}
