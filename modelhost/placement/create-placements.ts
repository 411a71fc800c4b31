import type { Logger } from '../../core/logging';
import type { Metrics } from '../../metrics/metrics';
import type { RunnerSupervisor } from '../runners/runner-supervisor';
import type { ModelhostSettings } from '../settings';
import { Placements } from './placements';

export interface PlacementParts {
  readonly hostId: string;
  readonly supervisor: Pick<RunnerSupervisor, 'location'>;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** Where versions are to be, with its metrics. */
export function createPlacements(
  settings: Pick<ModelhostSettings, 'HOST_LABELS' | 'INFERRER_URL'>,
  { hostId, supervisor, metrics, logger }: PlacementParts,
): Placements {
  const placements = new Placements({
    host: hostId,
    labels: settings.HOST_LABELS,
    alone: settings.INFERRER_URL.length === 0,
    serves: (model, version) => supervisor.location(model, version)?.state === 'ready',
    onAssigned: (place) => {
      metrics.count('shoal_placements_total', { place });
    },
    logger,
  });
  metrics.gauge('shoal_placed_models', () =>
    [...placements.counts()].map(([place, count]) => [{ place }, count] as const),
  );
  return placements;
}
