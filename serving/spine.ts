import type { Catalog } from '../protocol/catalog';
import type { Infer } from '../protocol/infer';
import type { Batcher } from './batching/batcher';
import { isBusy } from './batching/busy';
import { cached, type CacheParts } from './cache/cached';
import { checked } from './checked';
import { withClasses } from './classified';
import { withDefaultAnswers, type ObserveDefault } from './default-answers';
import { limited } from './limits/limited';
import type { ModelLimits } from './limits/model-limits';
import type { RefusedContents } from './quarantine/refused-contents';
import { unrefused } from './quarantine/unrefused';
import { resolved, type ObserveFailure } from './resolved';
import { createShadows, type ObserveShadow } from './variants/shadows';
import { createTrafficRules, type IsWithheld } from './variants/traffic-rules';

export interface SpineParts {
  readonly catalog: Catalog;
  readonly refused: RefusedContents;
  readonly batcher: Batcher;
  readonly observeDefault: ObserveDefault;
  readonly observeFailure: ObserveFailure;
  readonly observeShadow: ObserveShadow;
  readonly limits?: ModelLimits;
  readonly caching: CacheParts;
  readonly isWithheld?: IsWithheld;
}

/** What happens to every request between its dialect and the host that runs it, in this order. */
export function createSpine(parts: SpineParts): Infer {
  const { catalog, refused, batcher, observeDefault, observeFailure, limits, caching } = parts;
  const run = unrefused(refused, batcher.infer);
  const admitted = limits === undefined ? run : limited(limits, run);
  const answered = withDefaultAnswers(observeDefault, cached(caching, admitted));
  const shadows = createShadows({
    catalog,
    infer: checked(withClasses(run)),
    busy: () => isBusy(batcher),
    observe: parts.observeShadow,
    dice: Math.random,
  });
  const traffic = createTrafficRules(catalog, Math.random, shadows, parts.isWithheld);
  return resolved(catalog, checked(withClasses(answered)), observeFailure, traffic);
}
