import type { Logger } from '../core/logging';
import { createHostCatalog, type HostCatalogue } from './host-catalog';
import { createHostModels } from './host-models';
import { createLifecycle, type Lifecycle } from './lifecycle/loop';
import { createHostControl, type HostControl } from './host-control';
import type { HostModels } from './models';
import type { CheckModel } from './repository/version-meta';
import { nodeFileSystem, type FileSystem } from './repository/file-system';
import { createRepository, type Repository } from './repository/repository';
import type { RunnerSupervisor } from './runners/runner-supervisor';

export interface ModelStoreOptions {
  /** Id of this host. */
  readonly host: string;
  /** Directory of the repository. */
  readonly repository: string;
  /** Directory of the models for an empty repository; '' for none. */
  readonly examples: string;
  readonly pollMs: number;
  readonly maxBatchRows: number;
  readonly timeoutMs: number;
  readonly supervisor: RunnerSupervisor;
  readonly check: CheckModel;
  /** Most bytes of what a load call brings. */
  readonly uploadMaxBytes: number;
  readonly logger: Logger;
  /** Told of each version that has become ready, and how long that took. */
  readonly onLoaded?: (model: string, version: number, ms: number) => void;
  readonly fs?: FileSystem;
  /** Longest time that an operation waits for this host to act accordingly, in milliseconds. */
  readonly catchUpMs?: number;
  /** Each version has a runner of its own, whose end gives all of its memory back. */
  readonly ownRunners?: boolean;
}

/** All that a modelhost has to do with models: what there is, what it serves, and changing it. */
export interface ModelStore {
  readonly models: HostModels;
  readonly control: HostControl;
  readonly catalog: HostCatalogue;
  /** Resolves when everything that was there at the start is ready or failed. */
  start(): Promise<void>;
  /** Resolves when nothing of a model that was removed is loaded any more. */
  gone(model: string): Promise<void>;
  /** Looks and loads no more; to be called before the supervisor is closed. */
  stop(): Promise<void>;
}

/** Loading of a large model can take long; a client's own limit mostly ends the wait earlier. */
const longCatchUpMs = 300_000;

export function createModelStore(options: ModelStoreOptions): ModelStore {
  const fs = options.fs ?? nodeFileSystem;
  const { supervisor, logger, check, pollMs, examples } = options;
  const directory = options.repository;
  const catchUpMs = options.catchUpMs ?? longCatchUpMs;
  const repository = createRepository({ directory, examples, pollMs, fs, check, logger });
  const lifecycle = createLifecycle({
    supervisor,
    logger,
    ownRunners: options.ownRunners === true,
    ...(options.onLoaded === undefined ? {} : { onLoaded: options.onLoaded }),
    removeVersion: (model, version) => repository.publisher.removeVersion(model, version),
  });
  const catalog = createHostCatalog({
    host: options.host,
    view: () => repository.view(),
    lives: () => lifecycle.models(),
    supervisor,
    maxBatchRows: options.maxBatchRows,
    timeoutMs: options.timeoutMs,
    refresh: (model) => catchUp(repository, lifecycle, model, performance.now() + catchUpMs),
  });
  const models = createHostModels({ repository, lifecycle, fs, catchUpMs });
  const { uploadMaxBytes } = options;
  return {
    models,
    control: createHostControl({ repository, lifecycle, models, fs, uploadMaxBytes, catchUpMs }),
    catalog,
    gone: (model) => {
      const none = (): boolean => (lifecycle.models().get(model)?.versions.size ?? 0) === 0;
      return lifecycle.until(none, performance.now() + catchUpMs, `'${model}' is unloaded`);
    },
    start: () => start(repository, lifecycle, catalog),
    async stop() {
      await repository.stop();
      lifecycle.close();
    },
  };
}

async function start(
  repository: Repository,
  lifecycle: Lifecycle,
  catalog: HostCatalogue,
): Promise<void> {
  lifecycle.onChange((model) => {
    catalog.update(model);
  });
  let faulty: readonly string[] = [];
  await repository.start((view) => {
    lifecycle.want(view.snapshot);
    for (const model of new Set([...faulty, ...view.faults.keys()])) catalog.update(model);
    faulty = [...view.faults.keys()];
  });
  await lifecycle.until(() => lifecycle.settled(), Infinity, 'all models are loaded');
}

/** Reads the repository again and waits until this host acts on the model's generation there. */
async function catchUp(
  repository: Repository,
  lifecycle: Lifecycle,
  model: string,
  deadline: number,
): Promise<void> {
  await repository.refresh();
  const wanted = repository.view().snapshot.models.get(model)?.state.generation ?? 0;
  const reached = (): boolean => (lifecycle.models().get(model)?.served.generation ?? 0) >= wanted;
  await lifecycle.until(reached, deadline, `'${model}' is up to date`);
}
