import type { Servable } from '../../protocol/catalog';
import type { InferResponse } from '../../protocol/infer';
import type { BatchReply } from '../../protocol/link/batch';
import type { Tensor } from '../../protocol/tensor';
import type { Entry } from './entry';
import { splitRows } from '../../protocol/tensor-rows';

/**
 * Each caller's answer from the reply to the whole batch, or undefined where the outputs do not
 * have as many rows as went in.
 */
export function answersOf(
  entries: readonly Entry[],
  reply: BatchReply,
  servable: Servable,
): InferResponse[] | undefined {
  const counts = entries.map((entry) => entry.rows);
  const rows = counts.reduce((sum, count) => sum + count, 0);
  const answer = { host: reply.host, batchRows: rows };
  const ran = Math.max(rows, servable.batching.padTo ?? 0);
  if (entries.length === 1 && ran === rows) {
    const [only] = entries as [Entry];
    return [response(only.request.outputs, only.request.servable, answer, reply.outputs)];
  }
  if (reply.outputs.some((output) => output.shape[0] !== ran)) return undefined;
  const parts = reply.outputs.map((output) =>
    splitRows(output, ran === rows ? counts : [...counts, ran - rows]),
  );
  return entries.map((entry, at) => {
    const own = parts.map((part) => part[at] as Tensor);
    return response(entry.request.outputs, servable, answer, own);
  });
}

function response(
  wanted: readonly string[],
  servable: Servable,
  answer: Pick<InferResponse, 'host' | 'batchRows'>,
  outputs: readonly Tensor[],
): InferResponse {
  return {
    model: servable.model,
    version: String(servable.version),
    outputs: wanted.length === 0 ? outputs : inWantedOrder(wanted, outputs),
    host: answer.host,
    batchRows: answer.batchRows,
  };
}

function inWantedOrder(wanted: readonly string[], outputs: readonly Tensor[]): Tensor[] {
  return wanted.map((name) => outputs.find((output) => output.name === name) as Tensor);
}
