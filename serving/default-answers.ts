import { ShoalError, type ErrorCode } from '../core/errors';
import type { DefaultAnswer, Servable } from '../protocol/catalog';
import type { Infer, InferContext, InferResponse, ResolvedRequest } from '../protocol/infer';
import { segmentsParameter } from '../protocol/link/http-parameters';
import type { Tensor } from '../protocol/tensor';
import { DerivedContext } from './derived-context';

/** Told of every default answer; `reason` is the code of the error that it stands for. */
export type ObserveDefault = (servable: Servable, reason: ErrorCode) => void;

/** Errors in whose place a model's default is answered: it could not compute, or not in time. */
const replaced: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'deadline_exceeded',
  'overloaded',
  'no_host',
  'host_lost',
  'model_not_ready',
  'quarantined',
]);

/**
 * Models that declare a default answer give it where the real one fails or is not there in time; a
 * request of which nobody waits for the real answer any more leaves the queue. A batch that an
 * inferrer has sent is left alone: the inferrer knows its callers, and gives them the default.
 */
export function withDefaultAnswers(
  observe: ObserveDefault,
  next: Infer<ResolvedRequest>,
): Infer<ResolvedRequest> {
  const asked = unlessRefused(next);
  return function answer(request, context) {
    const { servable } = request;
    const { defaultAnswer } = servable;
    if (defaultAnswer === null || request.parameters.has(segmentsParameter)) {
      return asked(request, context);
    }
    return asked(request, inTimeFor(defaultAnswer, context)).catch((error: unknown) => {
      if (!(error instanceof ShoalError) || !replaced.has(error.code)) throw error;
      observe(servable, error.code);
      return defaultFor(request, defaultAnswer, error.code);
    });
  };
}

function unlessRefused(next: Infer<ResolvedRequest>): Infer<ResolvedRequest> {
  return function ask(request, context) {
    const { refusal } = request.servable;
    if (refusal === undefined) return next(request, context);
    return Promise.reject(new ShoalError('model_not_ready', refusal, { retryAfter: 1 }));
  };
}

function inTimeFor({ afterMs }: DefaultAnswer, context: InferContext): InferContext {
  if (afterMs === null) return context;
  const objective = context.arrivedAt + afterMs;
  return objective < context.deadline ? new EarlierContext(context, objective) : context;
}

/** A context with another deadline; whether the caller has gone is still asked of the first. */
class EarlierContext extends DerivedContext {
  readonly #context: InferContext;

  constructor(context: InferContext, deadline: number) {
    super(context, deadline);
    this.#context = context;
  }

  get gone(): boolean {
    return this.#context.gone;
  }
}

function defaultFor(
  { servable, inputs, outputs: wanted }: ResolvedRequest,
  defaultAnswer: DefaultAnswer,
  reason: ErrorCode,
): InferResponse {
  const rows = inputs[0]?.shape[0] ?? 1;
  const all = defaultAnswer.outputs.map(({ name, datatype, shape, base64 }) => {
    const data = Buffer.from(base64, 'base64');
    const tensor = { name, datatype, shape, data };
    return hasRows(servable, name) ? repeated(tensor, rows) : tensor;
  });
  const named = (name: string): Tensor => all.find((tensor) => tensor.name === name) as Tensor;
  return {
    model: servable.model,
    version: String(servable.version),
    outputs: wanted.length === 0 ? all : wanted.map(named),
    host: '',
    batchRows: 0,
    defaultFor: reason,
  };
}

/** True where the output has a row for each row of the input. */
function hasRows({ signature }: Servable, name: string): boolean {
  const output = signature.outputs.find((spec) => spec.name === name);
  return isOpen(output?.shape) && isOpen(signature.inputs[0]?.shape);
}

function isOpen(shape: readonly unknown[] | null | undefined): boolean {
  return shape?.length !== undefined && shape.length > 0 && typeof shape[0] !== 'number';
}

function repeated(tensor: Tensor, rows: number): Tensor {
  const data = Buffer.concat(Array<Uint8Array>(rows).fill(tensor.data));
  return { ...tensor, shape: [rows, ...tensor.shape.slice(1)], data };
}
