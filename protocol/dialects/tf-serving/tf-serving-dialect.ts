import { ShoalError } from '../../../core/errors';
import type { Dialect, Handler } from '../../exchange';
import { KeptHandlers } from '../kept-handlers';
import { notedAs, onlyFor } from '../noted-handler';
import { createCallHandler, type CallHandling } from './call-handler';
import { createListHandler, createStatusHandler } from './model-status';
import { tfServingOperations } from './operations';
import type { Verb } from './question';
import { modelRoute, type ModelRoute } from './routes';
import { createMetadataHandler } from './signature-map';

const name = 'tfs';
const noted = (handler: Handler): Handler => notedAs(name, handler);

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
  const calls = new KeptHandlers();
  return {
    name,
    status: 'http',
    operations: tfServingOperations,
    match(method, path) {
      const kept = method === 'POST' ? calls.get(path) : undefined;
      if (kept !== undefined) return kept;
      if (path === '/v1/models') return onlyFor('GET', method, list);
      const route = modelRoute(path);
      if (route === undefined) return undefined;
      const { method: wanted, create } = actions[route.action];
      const handler = onlyFor(wanted, method, noted(create(handling, route)));
      return method === 'POST' ? calls.keep(path, handler) : handler;
    },
  };
}
