import { shareOfModels, usableMemory } from '../../core/usable-memory';
import type { Logger } from '../../core/logging';
import type { Metrics } from '../../metrics/metrics';
import { affinity } from '../../serving/dispatch/affinity';
import type { OwnRepository } from '../platform/private-repository';
import type { RunnerSupervisor } from '../runners/runner-supervisor';
import type { ModelhostSettings } from '../settings';
import { Residency } from './residency';

export interface ResidencyParts {
  readonly hostId: string;
  readonly supervisor: RunnerSupervisor;
  readonly metrics: Metrics;
  readonly repository: OwnRepository;
  readonly logger: Logger;
}

/** What is in memory, with its metrics; undefined where a platform loads and unloads. */
export function createResidency(
  settings: ModelhostSettings,
  { hostId, supervisor, metrics, repository, logger }: ResidencyParts,
): Residency | undefined {
  if (repository.origin === 'platform-calls') return undefined;
  const residency = new Residency({
    budgetBytes: settings.MEMORY_BUDGET_BYTES || Math.floor(shareOfModels * usableMemory()),
    idleMs: settings.MODEL_IDLE_MS,
    supervisor,
    // So that hosts without room for all begin with different ones, those that they are asked for first.
    preference: (key) => affinity(hostId, key),
    observer: {
      evicted: (model, version, reason) => {
        metrics.count('shoal_model_evictions_total', { reason });
        logger.info({ model, version, reason }, 'a version leaves memory');
      },
      demanded: (model, version) => {
        metrics.count('shoal_demand_loads_total', {});
        logger.info({ model, version }, 'a version is loaded, as requests wait for it');
      },
    },
  });
  metrics.gauge('shoal_models_on_demand', () => [[{}, residency.figures().away]]);
  metrics.gauge('shoal_memory_budget_bytes', () => [[{}, residency.figures().budgetBytes]]);
  metrics.gauge('shoal_memory_used_bytes', () => [[{}, residency.figures().usedBytes]]);
  return residency;
}
