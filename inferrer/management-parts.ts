import type { Metrics } from '../metrics/metrics';
import type { Catalog } from '../protocol/catalog';
import type { InferrerAppParts } from './app';
import { createForward } from './forward';
import type { HostRegistry } from './hosts/host-registry';
import type { ClusterModels } from './models/cluster-models';
import type { CallHost } from './models/host-calls';
import { createHostCheck, inTurn } from './models/host-check';
import type { InferrerSettings } from './settings';

interface Managed {
  readonly settings: InferrerSettings;
  readonly catalog: Catalog;
  readonly directory: HostRegistry;
  readonly metrics: Metrics;
}

/** What the management routes stand on. */
export function managementParts(
  parts: Managed,
  models: ClusterModels,
  call: CallHost,
): InferrerAppParts {
  const { settings, catalog, directory, metrics } = parts;
  const urls = (): string[] =>
    directory
      .hosts()
      .filter((host) => host.ready)
      .map((host) => host.url);
  return {
    catalog,
    registry: directory,
    models,
    forward: createForward({
      clusterSecret: settings.CLUSTER_SECRET,
      uploadMaxBytes: settings.UPLOAD_MAX_BYTES,
      idleMs: settings.UPLOAD_WAIT_MS,
    }),
    checkHosts: createHostCheck({
      call,
      nextUrl: settings.BALANCER === 'nginx' ? () => settings.BALANCER_URL : inTurn(urls),
      timeoutMs: settings.DEFAULT_TIMEOUT_MS,
    }),
    countTest: () => {
      metrics.count('test_request_operations_total', {});
    },
  };
}
