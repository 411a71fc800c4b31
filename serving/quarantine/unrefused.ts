import type { ShoalError } from '../../core/errors';
import { contentHash } from '../../protocol/content-hash';
import type { Infer, ResolvedRequest } from '../../protocol/infer';
import type { Batch } from '../../protocol/link/batch';
import { splitRequest } from '../batching/oversize';
import type { RefusedContents } from './refused-contents';

/** Refuses what has killed runners before, each part of a request that will be split alike. */
export function unrefused(
  contents: RefusedContents,
  next: Infer<ResolvedRequest>,
): Infer<ResolvedRequest> {
  return (request, context) => {
    const refusal = contents.any ? refusalOf(contents, request) : undefined;
    return refusal === undefined ? next(request, context) : Promise.reject(refusal);
  };
}

function refusalOf(contents: RefusedContents, request: ResolvedRequest): ShoalError | undefined {
  const { servable } = request;
  const now = performance.now();
  if (!contents.concerns(servable, now)) return undefined;
  for (const { inputs } of splitRequest(request) ?? [request]) {
    const refusal = contents.refusal(servable, contentHash(inputs), now);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

/** The same of a single request that has been on its way already. */
export function batchRefusal(contents: RefusedContents): (batch: Batch) => ShoalError | undefined {
  return ({ servable, inputs }) =>
    contents.any ? contents.refusal(servable, contentHash(inputs), performance.now()) : undefined;
}
