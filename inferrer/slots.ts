import type { Servable } from '../protocol/catalog';
import type { Places } from '../serving/dispatch/dispatcher';

/** Batches under way per place: one that runs and one that is on its way, so that none idles. */
const batchesPerPlace = 2;

/**
 * How many batches of a servable may be under way: two per host that serves it. Without a host
 * one is let through, so that it is the one that waits.
 */
export function slotsOf(places: Places): (servable: Servable) => number {
  return (servable) => Math.max(1, places.serving(servable, 1).length * batchesPerPlace);
}
