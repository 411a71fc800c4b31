import type { Servable } from '../../protocol/catalog';
import { byteSize } from '../../protocol/tensor';
import type { InferContext, InferResponse, ResolvedRequest } from '../../protocol/infer';
import { copiesOf, lossesOf } from '../../protocol/link/http-parameters';
import { levelOf } from './priority-level';
import type { Queued } from './queue';
import { callerLeft, tooLate } from './refusals';
import type { RowShape } from './row-shape';

/** One caller in the queue or in a batch. */
export interface Entry extends Queued {
  readonly request: ResolvedRequest;
  readonly context: InferContext;
  /** The caller's deadline, or the model's limit where that comes first. */
  readonly deadline: number;
  readonly resolve: (response: InferResponse) => void;
  readonly reject: (error: unknown) => void;
  settled: boolean;
  /** How often a batch that it was in has been lost, here or at who sent it. */
  losses: number;
  /** For a shadow: see `InferContext`. */
  readonly copy: boolean;
}

export interface Settling {
  readonly resolve: Entry['resolve'];
  readonly reject: Entry['reject'];
}

export function entryOf(
  request: ResolvedRequest,
  context: InferContext,
  rowShape: RowShape,
  { resolve, reject }: Settling,
): Entry {
  const { inputs, parameters, servable } = request;
  const enqueuedAt = performance.now();
  let bytes = 0;
  for (const input of inputs) bytes += byteSize(input);
  const copy = context.copy === true || (parameters.size > 0 && copiesOf(parameters));
  const key = rowShape === null ? '' : rowShape(inputs);
  return {
    request,
    context,
    rows: servable.batching.allowed ? (inputs[0]?.shape[0] ?? 1) : 1,
    bytes,
    // Nobody who waits for an answer shares a run with what is only compared.
    key: copy ? `copy ${key}` : key,
    level: levelOf(context.priority),
    enqueuedAt,
    deadline: deadlineOf(context, servable),
    resolve,
    reject,
    settled: false,
    losses: parameters.size === 0 ? 0 : lossesOf(parameters),
    copy,
  };
}

/** When the caller stops waiting, within the model's limit; the model's word where it says nothing. */
export function deadlineOf({ arrivedAt, deadline }: InferContext, servable: Servable): number {
  return deadline === Infinity
    ? arrivedAt + servable.defaultTimeoutMs
    : Math.min(deadline, arrivedAt + servable.timeoutMs);
}

export function settle(entry: Entry, error: unknown): void {
  if (entry.settled) return;
  entry.settled = true;
  entry.reject(error);
}

/** Ends the waiting of one whose deadline has passed or who has left. */
export function expire(entry: Entry): void {
  if (entry.settled) return;
  settle(entry, entry.context.gone ? callerLeft() : tooLate(entry.request.model));
}
