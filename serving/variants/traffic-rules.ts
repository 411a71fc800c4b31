import type { Catalog, Servable } from '../../protocol/catalog';
import type { InferContext, InferRequest, InferResponse } from '../../protocol/infer';
import type { Shadows } from './shadows';
import { spread, type Dice } from './spread';

/** What is done with requests without a version where others than the default take part. */
export interface TrafficRules {
  /** Which version answers. */
  choose(standard: Servable, context: InferContext): Servable;
  /** To be told of each answer. */
  answered(standard: Servable, request: InferRequest, response: InferResponse): void;
}

/** Whether the default alone answers for a model, whatever its state says. */
export type IsWithheld = (model: string) => boolean;

export function createTrafficRules(
  catalog: Catalog,
  dice: Dice,
  shadows?: Shadows,
  isWithheld: IsWithheld = () => false,
): TrafficRules {
  return {
    choose: (standard, { caller }) =>
      isWithheld(standard.model) ? standard : spread(catalog, standard, caller, dice),
    answered({ model, traffic }, request, response) {
      const shadow = isWithheld(model) ? undefined : traffic?.shadow;
      if (shadow !== undefined) shadows?.copy(shadow, request, response);
    },
  };
}
