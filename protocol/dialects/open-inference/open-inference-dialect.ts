import { extensionsWith } from '../../control/extensions';
import { noSharedRegions } from '../../control/no-shared-memory';
import type { Dialect, Handler } from '../../exchange';
import { KeptHandlers } from '../kept-handlers';
import { notedAs, onlyFor } from '../noted-handler';
import { createInferHandler, type InferHandling } from './infer-handler';
import {
  createConfigHandler,
  createLiveHandler,
  createMetadataHandler,
  createModelReadyHandler,
  createReadyHandler,
  createServerHandler,
} from './metadata';
import { openInferenceOperations } from './operations';
import { createSharedMemoryHandler, sharedMemoryRoute } from './shared-memory-pages';
import { createRepositoryHandler, repositoryRoute, type RepositoryParts } from './repository';
import { modelRoute, type ModelRoute } from './routes';

export interface OpenInferenceOptions extends InferHandling, RepositoryParts {
  readonly serverName: string;
  readonly serverVersion: string;
  readonly ready: () => boolean;
}

const name = 'oip';
const noted = (handler: Handler): Handler => notedAs(name, handler);

/** The Open Inference Protocol v2 over HTTP: JSON and binary tensors, metadata, health. */
export function createOpenInferenceDialect(options: OpenInferenceOptions): Dialect {
  const pages = pagesOf(options);
  const infers = new KeptHandlers();
  return {
    name,
    status: 'http',
    operations: openInferenceOperations,
    match(method, path) {
      const kept = method === 'POST' ? infers.get(path) : undefined;
      if (kept !== undefined) return kept;
      const page = pages.get(path);
      if (page !== undefined) return onlyFor('GET', method, page);
      const repository = repositoryRoute(path);
      if (repository !== undefined) {
        return onlyFor('POST', method, noted(createRepositoryHandler(options, repository)));
      }
      const route = modelRoute(path);
      if (route === undefined) return sharedMemoryPage(options, method, path);
      if (route.action !== 'infer') return onlyFor('GET', method, modelPage(options, route));
      const handler = createInferHandler(options, route);
      return onlyFor('POST', method, infers.keep(path, noted(handler)));
    },
  };
}

function pagesOf(options: OpenInferenceOptions): ReadonlyMap<string, Handler> {
  const server = noted(
    createServerHandler({
      name: options.serverName,
      version: options.serverVersion,
      extensions: extensionsWith(options.regions ?? noSharedRegions),
    }),
  );
  return new Map([
    ['/v2', server],
    ['/v2/', server],
    ['/v2/health/live', noted(createLiveHandler())],
    ['/v2/health/ready', noted(createReadyHandler(options.ready))],
  ]);
}

function modelPage({ catalog }: OpenInferenceOptions, route: ModelRoute): Handler {
  switch (route.action) {
    case 'ready':
      return noted(createModelReadyHandler(catalog, route));
    case 'config':
      return noted(createConfigHandler(catalog, route));
    case 'metadata':
    case 'infer':
      return noted(createMetadataHandler(catalog, route));
  }
}

function sharedMemoryPage(
  { regions = noSharedRegions }: OpenInferenceOptions,
  method: string,
  path: string,
): Handler | undefined {
  const route = sharedMemoryRoute(path);
  if (route === undefined) return undefined;
  const handler = noted(createSharedMemoryHandler(regions, route));
  return onlyFor(route.action === 'status' ? 'GET' : 'POST', method, handler);
}
