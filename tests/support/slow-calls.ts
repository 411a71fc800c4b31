import type { Agent } from 'node:http';
import { ask, type Reply } from './ask';

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

/** What has come for this row: 'right', or status and code word of the error, or what is wrong. */
export function slowOutcome({ status, text }: Reply, row: number): string {
  const body = JSON.parse(text) as { code?: string; outputs?: { data: number[] }[] };
  if (status !== 200) return `${status} ${body.code ?? ''}`;
  return String(body.outputs?.[0]?.data) === String(dataOf(row)) ? 'right' : `wrong: ${text}`;
}

function dataOf(row: number): number[] {
  return [row, row + 1, row + 2, row + 3];
}
