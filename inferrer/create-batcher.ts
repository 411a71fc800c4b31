import type { Logger } from '../core/logging';
import type { Metrics } from '../metrics/metrics';
import { observeBatches } from '../serving/batching/batch-metrics';
import { Batcher } from '../serving/batching/batcher';
import { queueLimits } from '../serving/batching/settings';
import { Dispatcher, type Places } from '../serving/dispatch/dispatcher';
import { RetryBudget } from '../serving/dispatch/retry-budget';
import type { RefusedContents } from '../serving/quarantine/refused-contents';
import { batchRefusal } from '../serving/quarantine/unrefused';
import type { ClusterEvents } from './events/cluster-events';
import type { HostDirectory } from './hosts/host-directory';
import { observeDispatch } from './inferrer-metrics';
import { powerOfTwo } from './pickers/power-of-two';
import type { InferrerSettings } from './settings';
import { slotsOf } from './slots';

interface BatcherParts {
  readonly metrics: Metrics;
  readonly refused: RefusedContents;
  readonly directory: HostDirectory;
  readonly events: Pick<ClusterEvents, 'look'>;
  /** Where batches can go. */
  readonly places: Places;
}

/** Puts requests together and has them sent to hosts. */
export function createBatcher(
  settings: InferrerSettings,
  { metrics, refused, directory, events, places }: BatcherParts,
  logger: Logger,
): Batcher {
  const dispatcher = new Dispatcher({
    places,
    pick: powerOfTwo,
    dice: Math.random,
    budget: new RetryBudget(),
    noHostWaitMs: settings.NO_HOST_WAIT_MS,
    refusal: batchRefusal(refused),
    observer: observeDispatch(metrics, events, logger),
  });
  return new Batcher({
    runBatch: dispatcher.run,
    slots: slotsOf(directory),
    limits: queueLimits(settings),
    observer: observeBatches(metrics),
  });
}
