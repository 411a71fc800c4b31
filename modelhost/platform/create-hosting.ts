import type { Catalog } from '../../protocol/catalog';
import { catalogLoads } from '../../protocol/dialects/sagemaker/catalog-loads';
import type { Hosting } from '../../protocol/dialects/sagemaker/hosting';
import type { ModelStore } from '../model-store';
import type { ModelhostSettings } from '../settings';
import type { MemoryRoom } from './memory-room';
import { PlatformLoads } from './platform-loads';
import { noModel, type ModelOrigin } from './private-repository';

export interface HostingParts {
  readonly settings: ModelhostSettings;
  readonly origin: ModelOrigin;
  readonly store: Pick<ModelStore, 'models' | 'catalog' | 'gone'>;
  readonly room: MemoryRoom;
  readonly stage: { readonly serving: boolean; readonly leaving: boolean };
  readonly started: () => Promise<void>;
}

const defaultTransforms = 8;

/** This modelhost as a container of its platform. */
export function createHosting(parts: HostingParts): Hosting {
  const { settings, origin, store, room, stage, started } = parts;
  return {
    unhealthy: () => unhealthy(parts),
    execution: {
      MaxConcurrentTransforms: settings.SAGEMAKER_MAX_CONCURRENT_TRANSFORMS || defaultTransforms,
      BatchStrategy: settings.SAGEMAKER_BATCH_STRATEGY,
      MaxPayloadInMB: settings.SAGEMAKER_MAX_PAYLOAD_IN_MB,
    },
    invoked: origin === 'platform-calls' ? '' : settings.SAGEMAKER_MODEL,
    loads:
      origin === 'platform-calls'
        ? new PlatformLoads({
            models: store.models,
            gone: store.gone,
            root: settings.SAGEMAKER_MODELS_ROOT,
            room,
          })
        : catalogLoads(store.catalog),
    starting: () => (stage.serving ? undefined : started()),
  };
}

function unhealthy({ settings, origin, store, stage }: HostingParts): string {
  if (stage.leaving) return 'the modelhost is stopping';
  if (stage.serving) return noModel(origin, readyModels(store.catalog));
  return settings.SAGEMAKER_PING === 'ready' ? 'models are being loaded' : '';
}

function readyModels(catalog: Catalog): number {
  return catalogLoads(catalog).list().length;
}
