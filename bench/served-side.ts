import type { BenchCluster } from './cluster';
import { parseBatchRows, rowsPerBatch, type BatchCount } from './batch-rows';
import type { LoadFigures, LoadRun, Send } from './load-request';
import type { Scenario } from './scenarios';
import type { Side } from './sides';
import { readResident, readUsage, usagePerRequest, type Observed } from './usage-meter';

/** Something that answers HTTP, under a name: a cluster or echo. */
export interface Served {
  readonly name: string;
  /** Where to send a scenario; several share the connections, none take it not. */
  readonly urls: (scenario: Scenario) => readonly string[];
  readonly processes: () => readonly Observed[];
  /** The servers that tell of their batches at /metrics. */
  readonly batchesAt: readonly string[];
}

/** A cluster as a side, sent to at these addresses. */
export function servedCluster(
  name: string,
  cluster: BenchCluster,
  urls: readonly string[] = [cluster.url],
): Served {
  const grpc = cluster.grpc === undefined ? [] : [cluster.grpc];
  return {
    name,
    urls: (scenario) => {
      if (hasRegions(scenario) && !cluster.sharesMemory) return [];
      return scenario.form === 'grpc' ? grpc : urls;
    },
    processes: () => cluster.processes(),
    batchesAt: cluster.inferrers,
  };
}

/** Whether its request names shared memory. */
export function hasRegions({ regions }: Scenario): boolean {
  return Object.keys(regions).length > 0;
}

/** How one scenario is sent. */
export interface Sending {
  readonly send: Send;
  readonly connections: number;
}

/** One scenario sent to it by its load generator with so many connections. */
export function servedSide(served: Served, scenario: Scenario, how: Sending): Side {
  return {
    name: served.name,
    measure: async (seconds) => {
      const batchesBefore = await readBatches(served, scenario);
      const before = readUsage(served.processes());
      const seen = await sendTo(served.urls(scenario), how, seconds);
      const processes = served.processes();
      const after = readUsage(processes);
      const requestsPerSecond = seen.requests / seen.seconds;
      return {
        requestsPerSecond,
        rowsPerSecond: requestsPerSecond * scenario.rows,
        p50Ms: seen.p50Ms,
        p99Ms: seen.p99Ms,
        ...usagePerRequest(before, after, seen.requests),
        residentBytes: readResident(processes),
        rowsPerBatch: rowsPerBatch(batchesBefore, await readBatches(served, scenario)),
      };
    },
  };
}

type Seen = Omit<LoadFigures, 'failures'>;

async function sendTo(urls: readonly string[], how: Sending, seconds: number): Promise<Seen> {
  const connections = Math.ceil(how.connections / urls.length);
  const runs = urls.map((url): LoadRun => ({ url, connections, seconds }));
  return together(await Promise.all(runs.map(how.send)));
}

/** Several runs at the same time as one: p50 is the mean of all, p99 the worst. */
function together(runs: readonly Seen[]): Seen {
  const requests = runs.reduce((sum, run) => sum + run.requests, 0);
  return {
    requests,
    seconds: Math.max(...runs.map(({ seconds }) => seconds)),
    p50Ms: runs.reduce((sum, run) => sum + (run.p50Ms * run.requests) / requests, 0),
    p99Ms: Math.max(...runs.map(({ p99Ms }) => p99Ms)),
  };
}

async function readBatches({ batchesAt }: Served, { model }: Scenario): Promise<BatchCount> {
  const counts = await Promise.all(
    batchesAt.map(async (url) => {
      const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(10_000) });
      return parseBatchRows(await response.text(), model);
    }),
  );
  return {
    rows: counts.reduce((sum, { rows }) => sum + rows, 0),
    batches: counts.reduce((sum, { batches }) => sum + batches, 0),
  };
}
