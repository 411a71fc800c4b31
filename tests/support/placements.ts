import { silentLogger } from '../../core/logging';
import { Placements } from '../../modelhost/placement/placements';

/** Those of host `a`, which has no labels and serves nothing yet. */
export function placementsOfA({ alone }: { readonly alone: boolean }): Placements {
  return new Placements({
    host: 'a',
    labels: {},
    alone,
    serves: () => false,
    onAssigned: () => undefined,
    logger: silentLogger(),
  });
}
