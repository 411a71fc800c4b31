import type { Catalog } from '../protocol/catalog';
import type { Infer } from '../protocol/infer';
import type { Batcher } from './batching/batcher';
import { checked } from './checked';
import { withDefaultAnswers, type ObserveDefault } from './default-answers';
import { resolved } from './resolved';

/** What happens to every request between its dialect and the host that runs it, in this order. */
export function createSpine(
  catalog: Catalog,
  batcher: Batcher,
  observeDefault: ObserveDefault,
): Infer {
  return resolved(catalog, checked(withDefaultAnswers(observeDefault, batcher.infer)));
}
