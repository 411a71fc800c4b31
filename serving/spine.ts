import type { Catalog } from '../protocol/catalog';
import type { Infer } from '../protocol/infer';
import type { Batcher } from './batching/batcher';
import { checked } from './checked';
import { withDefaultAnswers, type ObserveDefault } from './default-answers';
import { limited } from './limits/limited';
import type { ModelLimits } from './limits/model-limits';
import { resolved } from './resolved';

/** What happens to every request between its dialect and the host that runs it, in this order. */
export function createSpine(
  catalog: Catalog,
  batcher: Batcher,
  observeDefault: ObserveDefault,
  limits?: ModelLimits,
): Infer {
  const answered = withDefaultAnswers(observeDefault, batcher.infer);
  return resolved(catalog, checked(limits === undefined ? answered : limited(limits, answered)));
}
