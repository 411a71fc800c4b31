import { createRandom, shuffled } from '../examples/build/random';
import type { BenchCluster } from './cluster';
import { judgeMemory, type MemorySample, type MemoryVerdict } from './memory-verdict';
import { residentBytes } from './proc';
import type { LoadRequest } from './load-request';
import { scenarios } from './scenarios';
import { runWrk, writeMixScript, type WrkScript } from './wrk';

/** A long run of requests of mixed size, and what became of the memory. */
export interface MemoryRun {
  readonly requests: number;
  readonly seconds: number;
  readonly verdicts: readonly MemoryVerdict[];
  readonly samples: readonly MemorySample[];
}

/** How many of a hundred requests are of a scenario. */
const mix: Readonly<Record<string, number>> = {
  'tiny-json': 70,
  'mlp-json': 12,
  'mlp-binary': 12,
  'mlp-batches': 5,
  'conv-binary': 1,
};

const connections = 16;
/** wrk runs for so long at a time; each time it connects anew. */
const stretchSeconds = 10;
const sampleMs = 500;
/** The slowest that this run may be; below it the bench gives up rather than go on for hours. */
const leastRequestsPerSecond = 200;

/** Sends at least so many requests through the cluster; rejects where one of them fails. */
export async function runMemory(
  cluster: BenchCluster,
  plan: { readonly folder: string; readonly requests: number; readonly flatPercent: number },
): Promise<MemoryRun> {
  const script = writeMixScript(plan.folder, mixed());
  const startedAt = performance.now();
  const seconds = (): number => (performance.now() - startedAt) / 1000;
  const samples: MemorySample[] = [];
  const processes = cluster.processes();
  const sampling = setInterval(() => {
    const bytes = processes.map(({ name, pid }) => [name, residentBytes(pid)] as const);
    samples.push({ seconds: seconds(), residentBytes: Object.fromEntries(bytes) });
  }, sampleMs);
  try {
    const requests = await send(script, cluster.url, plan.requests);
    const verdicts = judgeMemory(samples, plan.flatPercent);
    return { requests, seconds: seconds(), verdicts, samples };
  } finally {
    clearInterval(sampling);
  }
}

async function send(script: WrkScript, url: string, wanted: number): Promise<number> {
  let sent = 0;
  for (let stretch = 1; sent < wanted; stretch += 1) {
    const seen = await runWrk(script, { url, connections, seconds: stretchSeconds });
    sent += seen.requests;
    if (sent < stretch * stretchSeconds * leastRequestsPerSecond) {
      throw new Error(
        `The memory run is too slow: ${sent} requests in ${stretch * stretchSeconds} s.`,
      );
    }
  }
  return sent;
}

function mixed(): readonly LoadRequest[] {
  const list = scenarios.flatMap(({ name, request }) =>
    Array.from({ length: mix[name] ?? 0 }, () => request),
  );
  return shuffled(list, createRandom(1));
}
