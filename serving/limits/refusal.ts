import { ShoalError } from '../../core/errors';
import type { Rate } from '../../protocol/rate';

/** Which limit a request was over. */
export type LimitReason = 'client' | 'model' | 'model_client';

/** Told of every request that is refused; `model` is '' where the limit is not of a model. */
export type ObserveLimit = (model: string, reason: LimitReason) => void;

const whose: Readonly<Record<LimitReason, (model: string) => string>> = {
  client: () => 'this client may make',
  model: (model) => `model '${model}' may get`,
  model_client: (model) => `this client may make of model '${model}'`,
};

/** What a client gets that has to wait so long; `model` is '' where the limit is not of a model. */
export function limitRefusal(
  { reason, model }: { readonly reason: LimitReason; readonly model: string },
  rate: Rate,
  waitMs: number,
): ShoalError {
  const retryAfter = Math.max(1, Math.ceil(waitMs / 1000));
  return new ShoalError(
    'rate_limited',
    `more requests than ${whose[reason](model)}: ${rateText(rate)}; try again in ${retryAfter} s`,
    { retryAfter },
  );
}

function rateText({ perSecond, burst }: Rate): string {
  const [count, unit] = perSecond >= 1 ? [perSecond, 'a second'] : [perSecond * 3600, 'an hour'];
  return `${Math.round(count * 1000) / 1000} ${unit} and ${burst} at once`;
}
