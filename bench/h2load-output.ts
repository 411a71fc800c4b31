import { percentile } from './figures';
import type { LoadFigures } from './load-request';

/**
 * Reads what h2load prints and its log, a line per answer: when, status, microseconds. It knows
 * nothing of gRPC, where a refusal is a status of 200 too: what has fewer bytes than `leastAnswer`
 * is no result.
 */
export function parseH2load(output: string, log: string, leastAnswer: number): LoadFigures {
  const [, took, unit] = wanted(/^finished in ([\d.]+)(m?s|us),/m, output);
  const [, succeeded, failed, errored, timeout] = wanted(
    /^requests: .* (\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout$/m,
    output,
  );
  const [, bytes] = wanted(/\((\d+)\) data$/m, output);
  const times = timesOf(log);
  const empty = Math.ceil((Number(succeeded) * leastAnswer - Number(bytes)) / leastAnswer);
  const failures = { failed, errored, timeout, 'answer without a result': Math.max(empty, 0) };
  return {
    requests: times.length,
    seconds: Number(took) / (perSecond[unit ?? ''] ?? NaN),
    p50Ms: percentile(times, 0.5) / 1e3,
    p99Ms: percentile(times, 0.99) / 1e3,
    failures: Object.fromEntries(
      Object.entries(failures).flatMap(([kind, count]) =>
        Number(count) > 0 ? [[kind, Number(count)]] : [],
      ),
    ),
  };
}

const perSecond: Readonly<Record<string, number>> = { s: 1, ms: 1e3, us: 1e6 };

function wanted(pattern: RegExp, output: string): RegExpExecArray {
  const found = pattern.exec(output);
  if (found === null) throw new Error(`h2load did not report; it said: ${output.trim()}`);
  return found;
}

/** In microseconds, sorted. */
function timesOf(log: string): Float64Array {
  const lines = log.split('\n').filter((line) => line !== '');
  return Float64Array.from(lines, (line) => Number(line.slice(line.lastIndexOf('\t') + 1))).sort();
}
