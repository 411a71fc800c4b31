import { parseBatchRows, rowsPerBatch } from './batch-rows';
import { cpuPerRequest, readCpu } from './cpu-meter';
import type { Scenario } from './scenarios';
import type { Side } from './sides';
import { runWrk, type WrkScript } from './wrk';

/** Something that answers HTTP, under a name: the cluster or echo. */
export interface Served {
  readonly name: string;
  readonly url: (scenario: Scenario) => string;
  readonly processes: () => readonly { name: string; pid: number }[];
  /** Whether it tells of its batches at /metrics. */
  readonly batches: boolean;
}

/** One scenario sent to it by wrk with so many connections. */
export function servedSide(
  served: Served,
  scenario: Scenario,
  how: { readonly script: WrkScript; readonly connections: number },
): Side {
  const batchesNow = async (): ReturnType<typeof readBatches> =>
    await readBatches(served, scenario);
  return {
    name: served.name,
    measure: async (seconds) => {
      const batchesBefore = await batchesNow();
      const before = readCpu(served.processes());
      const seen = await runWrk(how.script, {
        url: served.url(scenario),
        connections: how.connections,
        seconds,
      });
      const after = readCpu(served.processes());
      const requestsPerSecond = seen.requests / seen.seconds;
      return {
        requestsPerSecond,
        rowsPerSecond: requestsPerSecond * scenario.rows,
        p50Ms: seen.p50Ms,
        p99Ms: seen.p99Ms,
        cpuUs: cpuPerRequest(before, after, seen.requests),
        rowsPerBatch: rowsPerBatch(batchesBefore, await batchesNow()),
      };
    },
  };
}

async function readBatches(
  served: Served,
  scenario: Scenario,
): Promise<ReturnType<typeof parseBatchRows>> {
  if (!served.batches) return { rows: 0, batches: 0 };
  const response = await fetch(`${served.url(scenario)}/metrics`, {
    signal: AbortSignal.timeout(10_000),
  });
  return parseBatchRows(await response.text(), scenario.model);
}
