import type { Servable } from '../../protocol/catalog';
import type { Batch, BatchInput, Segment } from '../../protocol/link/batch';
import { segmentsOf } from '../../protocol/link/http-parameters';
import type { Tensor } from '../../protocol/tensor';
import type { Entry } from './entry';
import { fillingOf } from './padding';

/**
 * Entries of equal key as one batch: per input the callers' bytes in order, not copied. Of several
 * entries, and where rows are filled up, all data must have been read (`withData`). The
 * batch's deadline is the latest of its callers', so that no caller shortens another's. An entry
 * that is itself an inferrer's batch brings its callers along.
 */
export function gather(
  servable: Servable,
  entries: readonly Entry[],
  now: number,
): { batch: Batch; deadline: number } {
  const segments: Segment[] = [];
  let rows = 0;
  let deadline = 0;
  for (const entry of entries) {
    rows += entry.rows;
    if (entry.deadline > deadline) deadline = entry.deadline;
    const inside =
      entry.request.parameters.size === 0 ? undefined : segmentsOf(entry.request.parameters);
    if (inside === undefined) segments.push(segmentOf(entry, now));
    else segments.push(...inside);
  }
  const inputs = servable.signature.inputs.map((_, at) => gatherInput(entries, at, rows));
  const losses = entries.length === 1 ? (entries[0] as Entry).losses : 0;
  // All are where one is: they have a key of their own.
  const { copy: copies } = entries[0] as Entry;
  const unwanted = (): boolean => entries.every(isOver);
  const outputs = wanted(entries);
  const batch = { servable, rows, segments, inputs, outputs, losses, copies, unwanted };
  const { padTo } = servable.batching;
  return { batch: padTo === undefined ? batch : padded(batch, entries, padTo), deadline };
}

function isOver({ settled, context }: Entry): boolean {
  return settled || context.gone;
}

/**
 * The batch filled up with copies of its last row. One that an inferrer has sent is full already:
 * its callers' rows are those of the segments.
 */
function padded(batch: Batch, entries: readonly Entry[], padTo: number): Batch {
  const last = entries[entries.length - 1] as Entry;
  const missing = padTo - batch.rows;
  const rows = batch.segments.reduce((sum, segment) => sum + segment.rows, 0);
  if (missing <= 0) return { ...batch, rows: Math.max(1, Math.min(rows, batch.rows)) };
  const inputs = batch.inputs.map(({ name, datatype, shape, chunks }, at) => ({
    name,
    datatype,
    shape: [padTo, ...shape.slice(1)],
    chunks: [...chunks, ...fillingOf(last.request.inputs[at] as Tensor, missing)],
  }));
  return { ...batch, inputs };
}

function segmentOf({ context, rows, deadline }: Entry, now: number): Segment {
  return {
    requestId: context.requestId,
    rows,
    timeLeftMs: deadline - now,
    priority: context.priority,
    trace: context.trace,
  };
}

function gatherInput(entries: readonly Entry[], at: number, rows: number): BatchInput {
  const first = (entries[0] as Entry).request.inputs[at] as Tensor;
  const { name, datatype } = first;
  if (entries.length === 1) return onlyInput(first);
  const chunks = entries.map(({ request }) => (request.inputs[at] as Tensor).data);
  return { name, datatype, shape: [rows, ...first.shape.slice(1)], chunks };
}

function onlyInput(tensor: Tensor): BatchInput {
  const { name, datatype, shape, shared } = tensor;
  if (shared === undefined) return { name, datatype, shape, chunks: [tensor.data] };
  return {
    name,
    datatype,
    shape,
    get chunks() {
      return [tensor.data];
    },
    shared,
  };
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
