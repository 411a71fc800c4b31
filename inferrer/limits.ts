import type { Metrics } from '../metrics/metrics';
import { tokensOf } from '../serving/http/authorisation';
import { createClientLimit, type AdmitClient } from '../serving/limits/client-limit';
import { createClientNames } from '../serving/limits/client-name';
import { ModelLimits } from '../serving/limits/model-limits';
import type { ObserveLimit } from '../serving/limits/refusal';
import type { InferrerSettings } from './settings';

/** The rate limits of an inferrer: at its door, and in front of each model. */
export interface Limits {
  /** Undefined where clients are not limited. */
  readonly admit: AdmitClient | undefined;
  readonly models: ModelLimits;
}

export function createLimits(settings: InferrerSettings, metrics: Metrics): Limits {
  const { RATE_LIMIT_CLIENT: rate, RATE_LIMIT_MODEL: total, TRUSTED_PROXIES: trusted } = settings;
  const nameClient = createClientNames(tokensOf(settings), trusted);
  const observe: ObserveLimit = (model, reason) => {
    metrics.count('shoal_limited_requests_total', { model, reason });
  };
  const now = (): number => performance.now();
  return {
    admit: rate === null ? undefined : createClientLimit({ rate, nameClient, observe, now }),
    models: new ModelLimits({
      standard: total === null ? null : { total, perClient: null },
      nameClient,
      observe,
      now,
    }),
  };
}
