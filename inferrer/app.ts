import express, { type Express } from 'express';
import type { Catalog } from '../protocol/catalog';
import { createErrorHandler, unknownRoute } from '../serving/http/express';
import type { Forward } from './forward';
import type { HostRegistry } from './hosts/host-registry';
import type { CanaryWatch } from './canary/canary-watch';
import type { ClusterCanary } from './models/cluster-canary';
import type { ClusterLabels } from './models/cluster-labels';
import type { ClusterModels } from './models/cluster-models';
import type { ClusterTraffic } from './models/cluster-traffic';
import type { CheckHosts } from './models/host-check';
import { mountCanary } from './routes/canary';
import type { ClusterEvents } from './events/cluster-events';
import { mountEvents } from './routes/events';
import { mountLabels } from './routes/labels';
import type { FindUpload } from './models/upload-elsewhere';
import type { UploadLogs } from './models/upload-logs';
import { mountModelFiles } from './routes/model-files';
import { mountModels } from './routes/models';
import { mountUploadEvents } from './routes/upload-events';
import { mountSystem } from './routes/system';
import { mountVariants } from './routes/variants';

/** What the management routes of the inferrer stand on. */
export interface InferrerAppParts {
  /** The union of all hosts' catalogs. */
  readonly catalog: Catalog;
  readonly registry: HostRegistry;
  readonly models: ClusterModels;
  readonly labels: ClusterLabels;
  readonly traffic: ClusterTraffic;
  readonly canary: ClusterCanary;
  readonly canaryWatch: Pick<CanaryWatch, 'window' | 'waits'>;
  readonly forward: Forward;
  readonly uploads: UploadLogs;
  readonly findUpload: FindUpload;
  readonly events: Pick<ClusterEvents, 'follow'>;
  readonly checkHosts: CheckHosts;
  /** Counts a call of the test routes. */
  readonly countTest: () => void;
}

/** Everything that the inferrer answers beside the data path. */
export function createInferrerApp(parts: InferrerAppParts): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag').enable('case sensitive routing');
  mountSystem(app, parts);
  mountModels(app, parts);
  mountModelFiles(app, parts);
  mountLabels(app, parts);
  mountVariants(app, parts);
  mountCanary(app, parts);
  mountUploadEvents(app, parts);
  mountEvents(app, parts.events);
  app.use(unknownRoute);
  app.use(createErrorHandler(() => 'fractal'));
  return app;
}
