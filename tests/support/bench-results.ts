import { faults } from '../../bench/faults/fault';
import type { LeverResult } from '../../bench/levers/lever';
import type { LoadVerdict } from '../../bench/load/load-verdict';
import type { OverloadRun } from '../../bench/overload/overload-run';
import type { BenchResults, ScenarioResult } from '../../bench/results';
import type { Measured } from '../../bench/sides';
import { plainFigures } from './bench-figures';

const measured: Measured = { rounds: [], median: plainFigures() };
const spread = { p50Ms: 1, p99Ms: 2, longestMs: 3 };

/** What became of ten requests, of which nothing stands out. */
export function plainVerdict(): LoadVerdict {
  return {
    seconds: 1,
    sent: 10,
    good: 10,
    refused: 0,
    late: 0,
    failed: 0,
    p50Ms: 1,
    p99Ms: 2,
    refusedP99Ms: NaN,
    longestWaitMs: 2,
    longestPauseMs: 100,
  };
}

function plainScenario(): ScenarioResult {
  const beside = [{ side: 'cluster', reference: 'echo', rate: 1, p50: 1 }];
  const sides = { cluster: measured, echo: measured };
  return { scenario: 'tiny-json', hosts: 2, connections: 64, sides, beside };
}

function plainLever(): LeverResult {
  const load = { scenario: 'tiny-json', connections: 64 };
  return { lever: 'one', ...load, used: measured, unused: measured, ratio: 1 };
}

function plainOverload(): OverloadRun {
  const load = plainVerdict();
  const health = { asked: 10, failed: 0, p50Ms: 1, longestMs: 2 };
  const about = { capacity: 100, goodPerSecond: 90, recoveredMs: 0, generatorShare: 0.1 };
  return {
    deadlineMs: 500,
    steps: [{ model: 'bench-slow', times: 1, rounds: [{ ...about, load, health }] }],
    slowCalls: [{ timeoutMs: 500, rounds: [{ load, health }] }],
  };
}

/** One result of each kind, of which nothing stands out. */
export function plainResults(): BenchResults {
  const load = plainVerdict();
  const [fault] = faults;
  const deadline = { name: 'slow', deadlineMs: 100, sent: 10, ended: 10, refused: 0 };
  return {
    date: '',
    machine: { cpus: 2, cpu: '', node: '', loadAverage: 0 },
    arguments: [],
    effort: { rounds: 1, seconds: 1, warmUpSeconds: 1, settleSeconds: 1 },
    bare: [{ model: 'bench-tiny', processes: 1, rows: 1, measured }],
    scenarios: [plainScenario()],
    scale: [plainScenario()],
    costs: [{ cost: 'some', situation: 'one', measured, residentBytes: {}, scrapeMs: null }],
    changes: [{ what: 'some', hosts: 2, times: [1], bare: [1] }],
    levers: [plainLever()],
    overload: plainOverload(),
    deadlines: [{ ...deadline, late: spread, free: null, neighbours: load }],
    faults: fault === undefined ? [] : [{ fault, times: [{ load, healedMs: 1, leftOutMs: 1 }] }],
    memory: { requests: 1000, seconds: 10, verdicts: [], samples: [] },
  };
}
