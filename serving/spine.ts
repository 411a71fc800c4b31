import type { Catalog } from '../protocol/catalog';
import type { Infer } from '../protocol/infer';
import type { Batcher } from './batching/batcher';
import { checked } from './checked';
import { withClasses } from './classified';
import { withDefaultAnswers, type ObserveDefault } from './default-answers';
import { limited } from './limits/limited';
import type { ModelLimits } from './limits/model-limits';
import type { RefusedContents } from './quarantine/refused-contents';
import { unrefused } from './quarantine/unrefused';
import { resolved, type ObserveFailure } from './resolved';

export interface SpineParts {
  readonly catalog: Catalog;
  readonly refused: RefusedContents;
  readonly batcher: Batcher;
  readonly observeDefault: ObserveDefault;
  readonly observeFailure: ObserveFailure;
  readonly limits?: ModelLimits;
}

/** What happens to every request between its dialect and the host that runs it, in this order. */
export function createSpine(parts: SpineParts): Infer {
  const { catalog, refused, batcher, observeDefault, observeFailure, limits } = parts;
  const answered = withDefaultAnswers(observeDefault, unrefused(refused, batcher.infer));
  const admitted = limits === undefined ? answered : limited(limits, answered);
  return resolved(catalog, checked(withClasses(admitted)), observeFailure);
}
