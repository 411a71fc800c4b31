import type { ByProcess, Figures } from './figures';
import type { ScenarioResult } from './results';
import { short, table } from './table';

const header = [
  'scenario',
  'cluster of',
  'conn',
  'side',
  'req/s',
  'reference',
  'its req/s',
  'its us/req',
  'ratio',
  'p50 ms',
  'p99 ms',
  'its p50',
  'its p99',
  'p50 ratio',
  'us/req: inferrer',
  'hosts',
  'runners',
  'rest',
  'wrk',
  'kernel %',
  'cores',
  'its cores',
  'kB/req',
  'calls/req',
  'its kB',
  'its calls',
  'rows/batch',
];

/** docs/performance.md says what each column means. */
export function scenarioTable(results: readonly ScenarioResult[]): string {
  return table(
    header,
    results.flatMap((result) => scenarioLines(result)),
  );
}

/**
 * One line per side and reference; what does not depend on the reference stands in the first line
 * of the side only.
 */
function scenarioLines(result: ScenarioResult): string[][] {
  const { scenario, hosts, connections, sides, beside } = result;
  return beside.map(({ side, reference, rate, p50 }, line) => {
    const [own, other] = [sides[side]?.median, sides[reference]?.median];
    if (own === undefined || other === undefined) return [];
    const first = line === 0 || beside[line - 1]?.side !== side;
    const once = (cell: string): string => (first ? cell : '');
    const place = [scenario, String(hosts), String(connections)];
    const comparable = reference === 'echo' || reference === 'cluster' || connections === 1;
    return [
      ...place.map((cell) => (line === 0 ? cell : '')),
      once(side),
      once(short(own.requestsPerSecond)),
      reference,
      short(other.requestsPerSecond),
      short(total(other.cpuUs)),
      short(rate),
      once(short(own.p50Ms)),
      once(short(own.p99Ms)),
      short(other.p50Ms),
      short(other.p99Ms),
      short(comparable ? p50 : null),
      ...cpuCells(own).map(once),
      once(short(kernelPercent(own))),
      once(short(coresOf(own))),
      short(coresOf(other)),
      ...copiedCells(own).map(once),
      ...copiedCells(other),
      once(short(own.rowsPerBatch)),
    ];
  });
}

/** Inferrers, all hosts, all runners, what is left, and the load generator. */
function cpuCells({ cpuUs }: Figures): string[] {
  const sum = (belongs: (name: string) => boolean): number =>
    Object.entries(cpuUs).reduce((sofar, [name, us]) => sofar + (belongs(name) ? us : 0), 0);
  const groups = ['inferrer', 'host', 'runner', 'wrk'];
  const of = (group: string): number => sum((name) => name.startsWith(group));
  const rest = sum((name) => !groups.some((group) => name.startsWith(group)));
  return [of('inferrer'), of('host'), of('runner'), rest, of('wrk')].map(short);
}

/** Kilobytes and calls of all processes but the load generator; dashes where nothing was read. */
function copiedCells({ copiedBytes, calls }: Figures): string[] {
  const read = Object.keys(copiedBytes).length > 0;
  return [total(copiedBytes) / 1000, total(calls)].map((sum) => short(read ? sum : null));
}

/** Share of the processor time of all processes but the load generator that the kernel used. */
function kernelPercent({ cpuUs, kernelUs }: Figures): number {
  return (100 * total(kernelUs)) / total(cpuUs);
}

/** Processors that were busy, the load generator's included. */
function coresOf({ requestsPerSecond, cpuUs }: Figures): number {
  return ((total(cpuUs) + (cpuUs['wrk'] ?? 0)) * requestsPerSecond) / 1e6;
}

/** Of all processes but the load generator. */
export function total(values: ByProcess): number {
  return Object.entries(values).reduce((sum, [name, of]) => (name === 'wrk' ? sum : sum + of), 0);
}
