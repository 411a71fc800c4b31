import { changeTable } from './changes/change-table';
import { costTable } from './costs/cost-table';
import { deadlineTable } from './deadlines/deadline-table';
import { faultTable } from './faults/fault-table';
import { leverTable } from './levers/lever-table';
import { overloadTable, overloadTitle } from './overload/overload-table';
import { slowCallsTable } from './overload/slow-calls-table';
import type { MemoryRun } from './memory';
import type { BareResult, BenchResults } from './results';
import { scenarioTable } from './scenario-table';
import { short, table } from './table';

/** The results as text for a terminal; docs/performance.md says what each column means. */
export function report(results: BenchResults): string {
  const parts = [
    section('The runtime by itself', results.bare, bareTable),
    section('The cluster', results.scenarios, scenarioTable),
    section('Connections and hosts', results.scale, scenarioTable),
    section('What more costs', results.costs, costTable),
    section('Models that change', results.changes, changeTable),
    section('What was done for speed', results.levers, leverTable),
    results.overload === null
      ? []
      : [
          overloadTitle(results.overload),
          overloadTable(results.overload),
          'Slow calls at once',
          slowCallsTable(results.overload.slowCalls),
        ],
    section('Deadlines that pass', results.deadlines, deadlineTable),
    section('Faults under load', results.faults, faultTable),
    results.memory === null ? [] : [memoryTitle(results.memory), memoryTable(results.memory)],
  ];
  return parts
    .filter((part) => part.length > 0)
    .map((part) => part.join('\n\n'))
    .join('\n\n');
}

/** A title and its table; nothing where nothing was measured. */
function section<Result>(
  title: string,
  results: readonly Result[],
  print: (results: readonly Result[]) => string,
): string[] {
  return results.length === 0 ? [] : [title, print(results)];
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
