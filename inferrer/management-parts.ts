import type { Logger } from '../core/logging';
import type { Metrics } from '../metrics/metrics';
import type { Catalog } from '../protocol/catalog';
import type { InferrerAppParts } from './app';
import { createForward } from './forward';
import type { HostRegistry } from './hosts/host-registry';
import { createClusterLabels } from './models/cluster-labels';
import { createClusterTraffic } from './models/cluster-traffic';
import type { CallHost } from './models/host-calls';
import { createFindUpload } from './models/upload-elsewhere';
import { createUploadLogs } from './models/upload-logs';
import { createHostCheck, inTurn } from './models/host-check';
import type { Peers } from './peers';
import type { InferrerSettings } from './settings';

interface Managed {
  readonly settings: InferrerSettings;
  readonly catalog: Catalog;
  readonly directory: HostRegistry;
  readonly metrics: Metrics;
  readonly events: InferrerAppParts['events'];
  readonly logger: Logger;
}

interface Inside extends Pick<InferrerAppParts, 'models' | 'canary' | 'canaryWatch'> {
  readonly peers: Pick<Peers, 'others'>;
}

/** What the management routes stand on. */
export function managementParts(
  parts: Managed,
  { models, canary, canaryWatch, peers }: Inside,
  call: CallHost,
): InferrerAppParts {
  const { settings, catalog, directory, metrics, events, logger } = parts;
  const waitMs = settings.UPLOAD_WAIT_MS;
  const changing = { registry: directory, call, waitMs, logger };
  const urls = (): string[] =>
    directory
      .hosts()
      .filter((host) => host.ready)
      .map((host) => host.url);
  return {
    catalog,
    registry: directory,
    models,
    labels: createClusterLabels(changing),
    traffic: createClusterTraffic(changing),
    canary,
    canaryWatch,
    uploads: createUploadLogs(),
    findUpload: createFindUpload(() => peers.others(), call),
    events,
    forward: createForward({
      clusterSecret: settings.CLUSTER_SECRET,
      uploadMaxBytes: settings.UPLOAD_MAX_BYTES,
      idleMs: waitMs,
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
