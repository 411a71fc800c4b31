import { ShoalError, type ErrorCode } from '../../core/errors';
import { inTime } from '../../core/in-time';
import type { Servable } from '../../protocol/catalog';
import { contentDigest } from '../../protocol/content-hash';
import type { Infer, InferContext, InferResponse, ResolvedRequest } from '../../protocol/infer';
import { generationOf } from '../../protocol/link/http-parameters';
import type { Tensor } from '../../protocol/tensor';
import { deadlineOf } from '../batching/entry';
import { tooLate } from '../batching/refusals';
import type { AnswerCache } from './answer-cache';
import { Flight } from './flight';

/** Told of every request to a model with a cache, and how long looking for its answer has taken. */
export type ObserveCached = (servable: Servable, hit: boolean, ms: number) => void;

export interface CacheParts {
  readonly cache: AnswerCache;
  /**
   * Whether no change of the model has been acknowledged between the servable's generation and this
   * question. Absent where the catalog itself is what changes are acknowledged by.
   */
  readonly confirmed?: (servable: Servable) => Promise<boolean>;
  readonly observe: ObserveCached;
  readonly now?: () => number;
}

/** Errors of one caller and not of what it asks: whoever waits with it asks for itself. */
const personal: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'deadline_exceeded',
  'client_closed',
  'overloaded',
  'rate_limited',
]);

/**
 * Answers from what was answered before, for models that want it; the same asked at the same time
 * is computed once. Neither is used before it is certain that nothing was changed meanwhile, so that
 * nothing older than an acknowledged change is answered. Errors are never kept.
 */
export function cached(parts: CacheParts, next: Infer<ResolvedRequest>): Infer<ResolvedRequest> {
  const asking = new Asking(parts, next);
  return function answerFromCache(request, context) {
    const { servable } = request;
    if (servable.cache === undefined || !isKnowable(request)) return next(request, context);
    return asking.lookUp(request, context, contentDigest(request.inputs, request.outputs));
  };
}

class Asking {
  readonly #parts: CacheParts;
  readonly #next: Infer<ResolvedRequest>;
  readonly #now: () => number;
  readonly #flights = new Map<string, Flight>();

  constructor(parts: CacheParts, next: Infer<ResolvedRequest>) {
    this.#parts = parts;
    this.#next = next;
    this.#now = parts.now ?? (() => performance.now());
  }

  async lookUp(
    request: ResolvedRequest,
    context: InferContext,
    key: string,
  ): Promise<InferResponse> {
    const { servable } = request;
    const { cache, observe } = this.#parts;
    const began = this.#now();
    for (;;) {
      const found = cache.get(servable, key, began) ?? this.#flights.get(flightKey(servable, key));
      if (found === undefined) {
        observe(servable, false, this.#now() - began);
        return this.#compute(request, context, key);
      }
      if (!(await this.#isCurrent(servable, context))) {
        observe(servable, false, this.#now() - began);
        return this.#next(request, context);
      }
      const outputs = found instanceof Flight ? await joined(found, servable, context) : found;
      if (outputs === undefined) continue;
      observe(servable, true, this.#now() - began);
      return fromCache(servable, outputs);
    }
  }

  async #isCurrent(servable: Servable, context: InferContext): Promise<boolean> {
    const question = this.#parts.confirmed?.(servable);
    return question === undefined || inOwnTime(question, servable, context);
  }

  /** Computes it, for all who ask the same meanwhile. */
  async #compute(
    request: ResolvedRequest,
    context: InferContext,
    key: string,
  ): Promise<InferResponse> {
    const { servable } = request;
    const flight = new Flight(context);
    this.#flights.set(flightKey(servable, key), flight);
    const answer = (async () => this.#next(request, flight))();
    flight.answer = answer.then(({ outputs, ...rest }) => ({
      ...rest,
      outputs: outputs.map(ownTensor),
    }));
    try {
      const { outputs, defaultFor } = await flight.answer;
      if (defaultFor === undefined) this.#parts.cache.put(servable, key, outputs, this.#now());
    } finally {
      this.#flights.delete(flightKey(servable, key));
    }
    return answer;
  }
}

/** Inputs of more bytes are not looked up: for 10 ms of hashing everybody else would have to wait. */
export const mostHashedBytes = 4 << 20;

/**
 * What lies in a client's shared memory is left to whoever runs it, and may change meanwhile. What
 * comes from an inferrer has been looked for there.
 */
function isKnowable({ inputs, parameters }: ResolvedRequest): boolean {
  if (inputs.some(({ shared }) => shared !== undefined)) return false;
  if (inputs.reduce((sum, { data }) => sum + data.byteLength, 0) > mostHashedBytes) return false;
  return parameters.size === 0 || generationOf(parameters) === undefined;
}

/** The answer that others wait for, in this one's own time; undefined where it has to ask itself. */
async function joined(
  flight: Flight,
  servable: Servable,
  context: InferContext,
): Promise<readonly Tensor[] | undefined> {
  flight.join(context);
  try {
    const answer = flight.answer ?? Promise.reject(tooLate(servable.model));
    const { outputs, defaultFor } = await inOwnTime(answer, servable, context);
    return defaultFor === undefined ? outputs : undefined;
  } catch (error) {
    const own = performance.now() >= deadlineOf(context, servable);
    if (!own && error instanceof ShoalError && personal.has(error.code)) return undefined;
    throw error;
  }
}

function inOwnTime<Value>(
  work: Promise<Value>,
  servable: Servable,
  context: InferContext,
): Promise<Value> {
  return inTime(work, deadlineOf(context, servable), () => tooLate(servable.model));
}

function flightKey({ model, version, cache }: Servable, key: string): string {
  return `${model}:${version}:${cache?.sha256 ?? ''}:${key}`;
}

/** Its bytes alone: the answer of a run is a view on what came for all of its batch. */
function ownTensor({ name, datatype, shape, data }: Tensor): Tensor {
  return { name, datatype, shape, data: new Uint8Array(data) };
}

function fromCache({ model, version }: Servable, outputs: readonly Tensor[]): InferResponse {
  const nobody = { host: '', batchRows: 0 };
  return { model, version: String(version), outputs, ...nobody, fromCache: true };
}
