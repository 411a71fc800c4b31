import type { Agent } from 'node:http';
import { ask, type Reply } from './ask';
import { eventually } from './processes';
import { sumOf } from './samples';

export interface SlowCall {
  readonly model?: string;
  readonly timeoutMs?: number;
  readonly priority?: number;
  readonly agent?: Agent;
}

/** One row of a model that gives its input back after a while, different for each `row`. */
export function askSlow(
  url: string,
  row: number,
  { model = 'slow', timeoutMs, priority, agent }: SlowCall = {},
): Promise<Reply> {
  const inputs = [{ name: 'x', datatype: 'FP32', shape: [1, 4], data: dataOf(row) }];
  return ask(`${url}/v2/models/${model}/infer`, {
    body: { inputs, ...(priority !== undefined && { parameters: { priority } }) },
    ...(timeoutMs !== undefined && { headers: { 'shoal-timeout-ms': String(timeoutMs) } }),
    ...(agent !== undefined && { agent }),
  });
}

/** Some of them compute one after the other, on a machine that others want as well. */
const slowestMs = 60_000;

/** Batches of the slow model that two hosts have at once, each two. */
const together = 4;

/**
 * Slow calls, at least `together` of them, when so many are on their way to a host or with it; what
 * has come for each in the end. Where `url` is not an inferrer's, those behind it are to be named.
 */
export async function startSlowCalls(
  url: string,
  count: number,
  inferrers: readonly string[] = [url],
): Promise<{ outcomes(): Promise<string[]> }> {
  const rows = Array.from({ length: count }, (_, row) => row);
  const before = await slowRowsSent(inferrers);
  const replies = Promise.all(rows.map((row) => askSlow(url, row, { timeoutMs: slowestMs })));
  await eventually('slow calls are with the hosts', async () => {
    return (await slowRowsSent(inferrers)) >= before + together || undefined;
  });
  return {
    outcomes: async () => (await replies).map((reply, row) => slowOutcome(reply, row)),
  };
}

/** Rows of the slow model that have left for a host so far. */
export async function slowRowsSent(inferrers: readonly string[]): Promise<number> {
  const of = inferrers.map((url) => sumOf(url, /^shoal_batch_rows_sum\{.*"slow"/));
  return (await Promise.all(of)).reduce((sum, one) => sum + one, 0);
}

/** What has come for this row: 'right', or status and code word of the error, or what is wrong. */
export function slowOutcome({ status, text }: Reply, row: number): string {
  const body = JSON.parse(text) as { code?: string; outputs?: { data: number[] }[] };
  if (status !== 200) return `${status} ${body.code ?? ''}`;
  return String(body.outputs?.[0]?.data) === String(dataOf(row)) ? 'right' : `wrong: ${text}`;
}

function dataOf(row: number): number[] {
  return [row, row + 1, row + 2, row + 3];
}
