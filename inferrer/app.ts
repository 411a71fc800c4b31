import express, { type Express } from 'express';
import type { Catalog } from '../protocol/catalog';
import { createErrorHandler, unknownRoute } from '../serving/http/express';
import type { Forward } from './forward';
import type { HostRegistry } from './hosts/host-registry';
import type { ClusterModels } from './models/cluster-models';
import type { CheckHosts } from './models/host-check';
import { mountModelFiles } from './routes/model-files';
import { mountModels } from './routes/models';
import { mountSystem } from './routes/system';

/** What the management routes of the inferrer stand on. */
export interface InferrerAppParts {
  /** The union of all hosts' catalogs. */
  readonly catalog: Catalog;
  readonly registry: HostRegistry;
  readonly models: ClusterModels;
  readonly forward: Forward;
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
  app.use(unknownRoute);
  app.use(createErrorHandler(() => 'fractal'));
  return app;
}
