import type { LoadFigures } from './load-request';

/** Marks the one line of wrk's output that is ours. */
const mark = 'shoal-bench';

/** The end of every script for wrk: one line of JSON; times are in microseconds. */
export const doneScript = `
function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    '${mark} {"requests":%d,"duration":%d,"p50":%d,"p99":%d,' ..
    '"failures":{"status":%d,"connect":%d,"read":%d,"write":%d,"timeout":%d}}\\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    e.status, e.connect, e.read, e.write, e.timeout))
end
`;

interface Line {
  readonly requests: number;
  readonly duration: number;
  readonly p50: number;
  readonly p99: number;
  readonly failures: Readonly<Record<string, number>>;
}

/** Throws with wrk's own words if the line is not there. */
export function parseWrk(output: string): LoadFigures {
  const text = output.split('\n').find((line) => line.startsWith(`${mark} `));
  if (text === undefined) throw new Error(`wrk did not report; it said: ${output.trim()}`);
  const line = JSON.parse(text.slice(mark.length)) as Line;
  const failures = Object.entries(line.failures).filter(([, count]) => count > 0);
  return {
    requests: line.requests,
    seconds: line.duration / 1e6,
    p50Ms: line.p50 / 1e3,
    p99Ms: line.p99 / 1e3,
    failures: Object.fromEntries(failures),
  };
}
