import { ShoalError } from '../../../core/errors';
import { extensionsWith } from '../../control/extensions';
import { noSharedRegions } from '../../control/no-shared-memory';
import type { Dialect, Handler } from '../../exchange';
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

/** So many paths of infer calls keep their handlers. */
const keptPaths = 1000;

/** The Open Inference Protocol v2 over HTTP: JSON and binary tensors, metadata, health. */
export function createOpenInferenceDialect(options: OpenInferenceOptions): Dialect {
  const pages = pagesOf(options);
  const infers = new Map<string, Handler>();
  const keep = (path: string, handler: Handler): Handler => {
    if (infers.size >= keptPaths) infers.clear();
    infers.set(path, handler);
    return handler;
  };
  return {
    name,
    status: 'http',
    operations: openInferenceOperations,
    match(method, path) {
      const kept = method === 'POST' ? infers.get(path) : undefined;
      if (kept !== undefined) return kept;
      const page = pages.get(path);
      if (page !== undefined) return only('GET', method, page);
      const repository = repositoryRoute(path);
      if (repository !== undefined) {
        return only('POST', method, noted(createRepositoryHandler(options, repository)));
      }
      const route = modelRoute(path);
      if (route === undefined) return sharedMemoryPage(options, method, path);
      if (route.action !== 'infer') return only('GET', method, modelPage(options, route));
      const handler = createInferHandler(options, route.segment, route.version);
      return only('POST', method, keep(path, noted(handler)));
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
  return only(route.action === 'status' ? 'GET' : 'POST', method, handler);
}

function noted(handler: Handler): Handler {
  return (exchange) => {
    exchange.notes.dialect = name;
    return handler(exchange);
  };
}

function only(allowed: 'GET' | 'POST', method: string, handler: Handler): Handler {
  if (method === allowed) return handler;
  throw new ShoalError('method_not_allowed', `Method Not Allowed: wanted ${allowed}.`, {
    headers: { allow: allowed },
  });
}
