import { ShoalError } from '../../core/errors';
import type { Catalog, Servable } from '../../protocol/catalog';
import type { Caller } from '../../protocol/infer';
import type { Traffic } from '../../protocol/versions/traffic';
import { pickVariant, stickyVariant } from './pick-variant';

/** A random number from 0 to below 1. */
export type Dice = () => number;

/**
 * Which version answers a request for a model without a version. `standard` is the default one, which
 * answers where the chosen one cannot.
 */
export function spread(catalog: Catalog, standard: Servable, caller: Caller, dice: Dice): Servable {
  const { traffic, model } = standard;
  if (traffic === undefined || traffic.variants.length === 0) return standard;
  const version = versionFor(traffic, caller, dice);
  if (version === standard.version) return standard;
  try {
    return catalog.resolve(model, String(version));
  } catch (error) {
    if (error instanceof ShoalError) return standard;
    throw error;
  }
}

function versionFor({ variants, sticky }: Traffic, caller: Caller, dice: Dice): number {
  const value = sticky === undefined ? undefined : caller.header(sticky.header);
  return value === undefined || value === ''
    ? pickVariant(variants, dice())
    : stickyVariant(variants, value);
}
