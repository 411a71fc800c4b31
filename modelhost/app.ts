import express, { type Express } from 'express';
import type { Logger } from '../core/logging';
import type { Catalog, HostCatalog } from '../protocol/catalog';
import { createErrorHandler, unknownRoute } from '../serving/http/express';
import type { HostModels } from './models';
import { mountCanary } from './routes/canary';
import { mountCatalog } from './routes/catalog';
import type { HostCanary } from './host-canary';
import type { TryUpload } from './dry-run';
import type { HostControl } from './host-control';
import type { HostNaming } from './host-naming';
import type { HostTraffic } from './host-traffic';
import { mountControl } from './routes/control';
import { mountModelFiles } from './routes/model-files';
import { mountModels } from './routes/models';
import { mountNaming } from './routes/naming';
import { mountSystem } from './routes/system';
import { mountVariants } from './routes/variants';

/** What the management routes of a modelhost stand on. */
export interface ModelhostAppParts {
  readonly hostId: string;
  /** This host's own catalog. */
  readonly catalog: Catalog;
  readonly models: HostModels;
  readonly control: HostControl;
  readonly naming: HostNaming;
  readonly traffic: HostTraffic;
  readonly canary: HostCanary;
  /** Has a version loaded for which there may be no memory now. */
  readonly demand: (model: string, version: number, deadline: number) => Promise<void>;
  readonly dryRun: TryUpload;
  /**
   * The catalog as other processes see it: at once if its revision is not `since`, else at the
   * next change or after `waitMs`, whichever comes first.
   */
  readonly catalogAfter: (
    since: string,
    waitMs: number,
    signal: AbortSignal,
  ) => Promise<HostCatalog>;
  readonly uploadMaxBytes: number;
  readonly uploadMaxFiles: number;
  /** Counts a call of the test routes. */
  readonly countTest: () => void;
  readonly logger: Logger;
}

/** Everything that a modelhost answers beside the data path. */
export function createModelhostApp(parts: ModelhostAppParts): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag').enable('case sensitive routing');
  app.use((_request, response, next) => {
    response.setHeader('shoal-modelhost', parts.hostId);
    next();
  });
  mountSystem(app, parts);
  mountCatalog(app, parts);
  mountModels(app, parts);
  mountModelFiles(app, parts);
  mountControl(app, parts);
  mountNaming(app, parts);
  mountVariants(app, parts);
  mountCanary(app, parts);
  app.use(unknownRoute);
  app.use(createErrorHandler(() => 'fractal'));
  return app;
}
