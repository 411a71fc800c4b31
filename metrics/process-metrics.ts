import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Family, Sample } from './exposition';
import { writeBound } from './exposition';

/** Gauges whose names say that they are counters. */
const misnamed = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** Each look at the event loop wakes the process: a tenth as often as prom-client would. */
const eventLoopLookMs = 100;

/** What prom-client knows of this process: processor time, memory, event loop, garbage collection. */
export function createProcessMetrics(): () => Promise<Family[]> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: eventLoopLookMs });
  for (const name of misnamed) registry.removeSingleMetric(name);
  return async () =>
    (await registry.getMetricsAsJSON()).map((metric) => familyOf(metric as unknown as Json));
}

/** As prom-client gives it, whose own type has the metric's type as a number. */
interface Json {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly values: readonly {
    readonly value: number;
    readonly labels: Readonly<Record<string, string | number>>;
    readonly metricName?: string;
  }[];
}

function familyOf(metric: Json): Family {
  const samples = metric.values.map(({ value, labels, metricName }): Sample => {
    const suffix = (metricName ?? metric.name).slice(metric.name.length);
    const { le, ...others } = labels;
    const bound = typeof le === 'number' ? writeBound(le) : le;
    return { suffix, labels: asText(others), ...(bound !== undefined && { le: bound }), value };
  });
  return { name: metric.name, help: metric.help, type: metric.type, samples };
}

function asText(labels: Readonly<Record<string, string | number>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, String(value)]));
}

/**
 * Processor time since the last call in percent of one core, from differences: nothing is
 * sampled while somebody waits.
 */
export function createCpuUsage(cpuUs: () => number, nowMs: () => number): () => number {
  let seen = { cpu: cpuUs(), at: nowMs() };
  return () => {
    const now = { cpu: cpuUs(), at: nowMs() };
    const elapsedUs = (now.at - seen.at) * 1000;
    if (elapsedUs <= 0) return 0;
    const percent = ((now.cpu - seen.cpu) / elapsedUs) * 100;
    seen = now;
    return Math.round(percent * 100) / 100;
  };
}
