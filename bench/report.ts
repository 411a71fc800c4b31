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
    results.bare.length === 0 ? [] : ['The runtime by itself', bareTable(results.bare)],
    results.scenarios.length === 0 ? [] : ['The cluster', scenarioTable(results.scenarios)],
    results.scale.length === 0 ? [] : ['Connections and hosts', scenarioTable(results.scale)],
    results.costs.length === 0 ? [] : ['What more costs', costTable(results.costs)],
    results.levers.length === 0 ? [] : ['What was done for speed', leverTable(results.levers)],
    results.overload === null
      ? []
      : [
          overloadTitle(results.overload),
          overloadTable(results.overload),
          'Slow calls at once',
          slowCallsTable(results.overload.slowCalls),
        ],
    results.deadlines.length === 0 ? [] : ['Deadlines that pass', deadlineTable(results.deadlines)],
    results.faults.length === 0 ? [] : ['Faults under load', faultTable(results.faults)],
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
