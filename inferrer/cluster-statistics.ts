import { randomUUID } from 'node:crypto';
import type { Logger } from '../core/logging';
import type { Metrics } from '../metrics/metrics';
import type { Catalog } from '../protocol/catalog';
import type { Wanted } from '../serving/statistics/counters';
import { createOwnSheet } from '../serving/statistics/own-sheet';
import { createStatistics, type SharedStatistics } from '../serving/statistics/statistics';
import type { CallHost } from './models/host-calls';
import { Peers, statisticsBody } from './peers';

export interface ClusterStatisticsParts {
  readonly catalog: Catalog;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** Statistics of all inferrers, and what the cluster's routes need to make them so. */
export function createClusterStatistics(
  { catalog, metrics, logger }: ClusterStatisticsParts,
  call: CallHost,
): {
  readonly statistics: SharedStatistics;
  readonly peers: Peers;
  readonly tellStatistics: (wanted: Wanted) => object;
} {
  const life = randomUUID();
  const peers = new Peers({ call, life, now: () => performance.now(), logger });
  const statistics = createStatistics({
    catalog,
    life,
    own: createOwnSheet(() => metrics.requests.models()),
    others: (wanted) => peers.ledgers(wanted),
  });
  const tellStatistics = (wanted: Wanted): object =>
    statisticsBody(life, statistics.ledger(wanted));
  return { statistics, peers, tellStatistics };
}
