import type { Logger } from '../../core/logging';
import type { Metrics } from '../../metrics/metrics';
import type { Catalog } from '../../protocol/catalog';
import type { SharedStatistics } from '../../serving/statistics/statistics';
import type { HostRegistry } from '../hosts/host-registry';
import type { ClusterCanary } from '../models/cluster-canary';
import { createCanaryWatch, type CanaryWatch, type ObserveVerdict } from './canary-watch';
import type { WithheldCanaries } from './withheld-canaries';

export interface WatchingParts {
  readonly catalog: Catalog;
  readonly directory: Pick<HostRegistry, 'hosts'>;
  readonly statistics: Pick<SharedStatistics, 'byLife'>;
  readonly canary: Pick<ClusterCanary, 'decide'>;
  readonly withheld: WithheldCanaries;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

const everyMs = 1000;

/** Looks after all canaries each second, until stopped. */
export function startCanaryWatch(parts: WatchingParts): CanaryWatch & { stop(): void } {
  const { catalog, directory, statistics, canary, withheld, logger } = parts;
  const watch = createCanaryWatch({
    catalog,
    hosts: () => directory.hosts(),
    counters: (model, versions) => statistics.byLife(model, versions.map(String)),
    tell: (model, verdict) => canary.decide(model, verdict),
    observe: observeVerdicts(parts),
    withheld,
    now: () => performance.now(),
    logger,
  });
  const timer = setInterval(() => void watch.look(), everyMs);
  timer.unref();
  return {
    ...watch,
    stop: () => {
      clearInterval(timer);
    },
  };
}

/** The one place that is told of every verdict of this inferrer that counts. */
function observeVerdicts({ metrics, logger }: WatchingParts): ObserveVerdict {
  return (model, canary, { action, step, reason }) => {
    const version = String(canary.version);
    metrics.count('shoal_canary_decisions_total', { model, version, action });
    const line = { model, version, action, share: canary.steps[step], reason };
    if (action === 'roll_back') logger.warn(line, 'a canary is taken back');
    else logger.info(line, action === 'step' ? 'a canary goes on' : 'a canary is the default');
  };
}
