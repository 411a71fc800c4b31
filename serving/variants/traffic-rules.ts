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

export function createTrafficRules(catalog: Catalog, dice: Dice, shadows?: Shadows): TrafficRules {
  return {
    choose: (standard, { caller }) => spread(catalog, standard, caller, dice),
    answered({ traffic }, request, response) {
      const shadow = traffic?.shadow;
      if (shadow !== undefined) shadows?.copy(shadow, request, response);
    },
  };
}
