import type { Infer, ResolvedRequest } from '../../protocol/infer';
import type { ModelLimits } from './model-limits';

/** Refuses with `rate_limited` what is over the limits of its model. */
export function limited(limits: ModelLimits, next: Infer<ResolvedRequest>): Infer<ResolvedRequest> {
  return function limit(request, context) {
    const refusal = limits.admit(request.servable, context.caller);
    if (refusal !== undefined) throw refusal;
    return next(request, context);
  };
}
