import { ShoalError } from '../../../core/errors';
import type { Dialect, Handler } from '../../exchange';
import { createCallHandler, type CallHandling } from './call-handler';
import { createListHandler, createStatusHandler } from './model-status';
import { tfServingOperations } from './operations';
import type { Verb } from './question';
import { modelRoute, type ModelRoute } from './routes';
import { createMetadataHandler } from './signature-map';

const name = 'tfs';

/** So many paths of calls keep their handlers. */
const keptPaths = 1000;

interface Action {
  readonly method: 'GET' | 'POST';
  readonly create: (handling: CallHandling, route: ModelRoute) => Handler;
}

const actions: Readonly<Record<ModelRoute['action'], Action>> = {
  status: {
    method: 'GET',
    create: ({ catalog }, route) => createStatusHandler(catalog, route),
  },
  metadata: {
    method: 'GET',
    create: ({ catalog }, route) => createMetadataHandler(catalog, route),
  },
  predict: calling('predict'),
  classify: calling('classify'),
  regress: calling('regress'),
  explain: {
    method: 'POST',
    create: () => () => {
      throw new ShoalError('unsupported', 'Explanations are not offered; :predict is.');
    },
  },
};

function calling(verb: Verb): Action {
  return {
    method: 'POST',
    create: (handling, route) => createCallHandler(handling, route, verb),
  };
}

/** TensorFlow Serving's REST interface and KServe's protocol v1, which share their paths. */
export function createTfServingDialect(handling: CallHandling): Dialect {
  const list = noted(createListHandler(handling.catalog));
  const calls = new Map<string, Handler>();
  const keep = (path: string, handler: Handler): Handler => {
    if (calls.size >= keptPaths) calls.clear();
    calls.set(path, handler);
    return handler;
  };
  return {
    name,
    status: 'http',
    operations: tfServingOperations,
    match(method, path) {
      const kept = method === 'POST' ? calls.get(path) : undefined;
      if (kept !== undefined) return kept;
      if (path === '/v1/models') return only('GET', method, list);
      const route = modelRoute(path);
      if (route === undefined) return undefined;
      const { method: wanted, create } = actions[route.action];
      const handler = only(wanted, method, noted(create(handling, route)));
      return method === 'POST' ? keep(path, handler) : handler;
    },
  };
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
