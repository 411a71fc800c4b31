import { setTimeout as pause } from 'node:timers/promises';
import { ShoalError, type ErrorCode } from '../core/errors';
import { inTime } from '../core/in-time';
import { answering } from '../protocol/answering';
import type { Catalog, Servable } from '../protocol/catalog';
import type {
  Infer,
  InferContext,
  InferRequest,
  InferResponse,
  ResolvedRequest,
} from '../protocol/infer';
import { StaleServable } from './stale-servable';
import { createTrafficRules, type TrafficRules } from './variants/traffic-rules';

/** Told of every request that was right and has failed. */
export type ObserveFailure = (servable: Servable, context: InferContext) => void;

/** Errors of requests that were not right, more than allowed, or given up: no inference has failed. */
const refusals: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'invalid_request',
  'malformed_body',
  'unsupported_value',
  'rate_limited',
  'request_quarantined',
  'client_closed',
]);

function isRefusal(error: unknown): boolean {
  return error instanceof ShoalError && refusals.has(error.code);
}

/**
 * How long to wait before the next try, in milliseconds, after so many by what a refresh has not made
 * newer: a host that has begun a change tells its runners of it, and acts on it when all know. One
 * of them may be in the middle of a long run.
 */
function restMs(tries: number): number {
  return tries < 2 ? 0 : Math.min(5 ** (tries - 1), 125);
}

/**
 * Finds the servable that a request means. When a host turns out to be ahead of the catalog, the
 * catalog is refreshed and the request resolved again, so that nothing older than an acknowledged
 * change is ever answered. That goes on until the request's deadline: neither many changes in a row nor
 * a host that is ahead for long are reasons to refuse it.
 */
export function resolved(
  catalog: Catalog,
  next: Infer<ResolvedRequest>,
  failed: ObserveFailure = () => undefined,
  traffic: TrafficRules = createTrafficRules(catalog, Math.random),
): Infer {
  const note = (error: unknown, servable: Servable | undefined, context: InferContext): void => {
    if (servable !== undefined && !isRefusal(error)) failed(servable, context);
  };
  return async function resolve(request, context): Promise<InferResponse> {
    let newest = -1;
    for (let tries = 1; ; tries += 1) {
      let servable: Servable | undefined;
      try {
        const found = find(catalog, request, context.deadline);
        servable = found instanceof Promise ? await found : found;
        if (servable.traffic !== undefined && request.version === '') {
          const standard = servable;
          const ask = (of: Servable): Promise<InferResponse> => {
            servable = of;
            return next(withServable(request, of), context);
          };
          const response = await askFor(standard, traffic.choose(standard, context), ask);
          traffic.answered(standard, request, response);
          return response;
        }
        return await next(withServable(request, servable), context);
      } catch (error) {
        if (!(error instanceof StaleServable)) {
          note(error, servable, context);
          throw error;
        }
        const generation = servable?.generation ?? newest;
        if (generation > newest) [newest, tries] = [generation, 1];
        await rested(restMs(tries), context.deadline);
        await learned(catalog, request, newest, context.deadline);
      }
    }
  };
}

/** What a variant refuses by its form the default is asked, which dialects have read it by. */
async function askFor(
  standard: Servable,
  chosen: Servable,
  ask: (of: Servable) => Promise<InferResponse>,
): Promise<InferResponse> {
  if (chosen === standard) return ask(standard);
  try {
    return await ask(chosen);
  } catch (error) {
    if (!(error instanceof ShoalError) || error.code !== 'invalid_request') throw error;
    return ask(standard);
  }
}

/** Field by field: spreading costs half a microsecond, forty times as much. */
function withServable(request: InferRequest, servable: Servable): ResolvedRequest {
  const { model, version, id, inputs, outputs, classes, parameters } = request;
  return { model, version, id, inputs, outputs, classes, parameters, servable };
}

/** Where no host has reported yet, the catalog is asked to wait for one. */
function find(
  catalog: Catalog,
  request: InferRequest,
  deadline: number,
): Servable | Promise<Servable> {
  try {
    return answering(catalog, request);
  } catch (error) {
    if (!(error instanceof ShoalError) || error.code !== 'no_host') throw error;
    return refreshed(catalog, request.model, deadline).then(() => answering(catalog, request));
  }
}

async function rested(ms: number, deadline: number): Promise<void> {
  if (ms > 0) await pause(Math.max(0, Math.min(ms, deadline - performance.now())));
}

/**
 * Refreshes the catalog, unless it has learned by itself of a generation above this one. Should that
 * not be the newest, hosts refuse it again.
 */
async function learned(
  catalog: Catalog,
  request: InferRequest,
  than: number,
  deadline: number,
): Promise<void> {
  if (!isNewer(catalog, request, than)) await refreshed(catalog, request.model, deadline, than);
}

function isNewer(catalog: Catalog, { model, version }: InferRequest, than: number): boolean {
  try {
    return catalog.resolve(model, version).generation > than;
  } catch {
    return false;
  }
}

async function refreshed(
  catalog: Catalog,
  model: string,
  deadline: number,
  than?: number,
): Promise<void> {
  if (performance.now() >= deadline) throw notLearned(model);
  return inTime(catalog.refresh(model, Infinity, than), deadline, () => notLearned(model));
}

function notLearned(model: string): ShoalError {
  return new ShoalError(
    'deadline_exceeded',
    `what model '${model}' is now could not be learned before the request's deadline`,
  );
}
