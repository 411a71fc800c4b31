import type { Servable } from '../../protocol/catalog';
import type { Batch, BatchInput, Segment } from '../../protocol/link/batch';
import type { Tensor } from '../../protocol/tensor';
import type { Entry } from './entry';

/**
 * Entries of equal key as one batch: per input the callers' bytes in order, not copied. The
 * batch's deadline is the latest of its callers', so that no caller shortens another's.
 */
export function gather(
  servable: Servable,
  entries: readonly Entry[],
  now: number,
): { batch: Batch; deadline: number } {
  const segments: Segment[] = [];
  let rows = 0;
  let deadline = 0;
  for (const { context, rows: own, deadline: until } of entries) {
    rows += own;
    if (until > deadline) deadline = until;
    segments.push({
      requestId: context.requestId,
      rows: own,
      timeLeftMs: until - now,
      priority: context.priority,
      trace: context.trace,
    });
  }
  const inputs = servable.signature.inputs.map((_, at) => gatherInput(entries, at, rows));
  return { batch: { servable, rows, segments, inputs, outputs: wanted(entries) }, deadline };
}

function gatherInput(entries: readonly Entry[], at: number, rows: number): BatchInput {
  const first = (entries[0] as Entry).request.inputs[at] as Tensor;
  const { name, datatype } = first;
  if (entries.length === 1) return { name, datatype, shape: first.shape, chunks: [first.data] };
  const chunks = entries.map(({ request }) => (request.inputs[at] as Tensor).data);
  return { name, datatype, shape: [rows, ...first.shape.slice(1)], chunks };
}

/** Every output that somebody wants; empty, that is all, as soon as one caller wants all. */
function wanted(entries: readonly Entry[]): readonly string[] {
  const [first] = entries;
  if (entries.length === 1) return first?.request.outputs ?? [];
  const names = new Set<string>();
  for (const { request } of entries) {
    if (request.outputs.length === 0) return [];
    for (const name of request.outputs) names.add(name);
  }
  return [...names];
}
