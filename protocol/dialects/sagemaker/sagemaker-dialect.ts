import { ShoalError } from '../../../core/errors';
import type { Dialect, Handler } from '../../exchange';
import { parseModelReference, type ModelReference } from '../../model-name';
import { createEndpointHandler } from './endpoint';
import type { Hosting } from './hosting';
import { containerOperations, runtimeOperations } from './operations';
import { invoke, type InvocationParts } from './invocation';
import {
  createListHandler,
  createLoadHandler,
  createShowHandler,
  createUnloadHandler,
} from './model-handlers';

export interface SageMakerDialectParts extends InvocationParts {
  /** Where this is one container of the platform; absent: only its runtime's own path is served. */
  readonly hosting?: Hosting;
}

type Methods = Readonly<Record<string, Handler>>;

/**
 * What SageMaker expects of an inference container (`/ping`, `/invocations`, `/models` ...), and
 * what clients of its runtime send to it (`/endpoints/<name>/invocations`).
 */
export function createSageMakerDialect(parts: SageMakerDialectParts): Dialect {
  const pages = parts.hosting === undefined ? new Map() : pagesOf(parts, parts.hosting);
  return {
    name: 'sagemaker',
    status: 'http',
    operations:
      parts.hosting === undefined
        ? runtimeOperations
        : [...containerOperations, ...runtimeOperations],
    match(method, path) {
      const methods = (pages.get(path) as Methods | undefined) ?? named(parts, path);
      if (methods === undefined) return undefined;
      if (Object.hasOwn(methods, method)) return methods[method];
      const allow = Object.keys(methods).join(', ');
      throw new ShoalError('method_not_allowed', `Method Not Allowed: wanted ${allow}.`, {
        headers: { allow },
      });
    },
  };
}

function pagesOf(parts: SageMakerDialectParts, hosting: Hosting): ReadonlyMap<string, Methods> {
  const { loads, execution } = hosting;
  return new Map<string, Methods>([
    ['/ping', { GET: createPingHandler(hosting) }],
    ['/invocations', { POST: createInvocationHandler(parts, hosting) }],
    [
      '/execution-parameters',
      {
        GET: (exchange) => {
          exchange.reply(200, { 'content-type': 'application/json' }, JSON.stringify(execution));
        },
      },
    ],
    ['/models', { GET: createListHandler(loads), POST: createLoadHandler(loads) }],
  ]);
}

/** Paths with a name in them. Throws invalid_name for one that cannot be decoded. */
function named(parts: SageMakerDialectParts, path: string): Methods | undefined {
  const [, first, segment = '', last, more] = path.split('/');
  if (segment === '' || more !== undefined) return undefined;
  if (first === 'endpoints') {
    if (last !== 'invocations') return undefined;
    return { POST: createEndpointHandler(parts, decoded(segment)) };
  }
  const { hosting } = parts;
  if (first !== 'models' || hosting === undefined) return undefined;
  return last === undefined || last === 'invoke'
    ? modelMethods(parts, hosting, decoded(segment), last)
    : undefined;
}

function modelMethods(
  parts: SageMakerDialectParts,
  { loads }: Hosting,
  name: string,
  last: string | undefined,
): Methods {
  if (last === undefined) {
    return { GET: createShowHandler(loads, name), DELETE: createUnloadHandler(loads, name) };
  }
  return {
    POST: (exchange) => loads.use(name, (model) => invoke(parts, exchange, { model, version: '' })),
  };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new ShoalError('invalid_name', 'The model name has a % that is no percent-encoding.');
  }
}

/** Answered at once, whatever is being loaded. */
function createPingHandler({ unhealthy }: Hosting): Handler {
  return (exchange) => {
    const reason = unhealthy();
    if (reason !== '') throw new ShoalError('not_ready', `Not healthy: ${reason}.`);
    exchange.reply(200, {}, '');
  };
}

function createInvocationHandler(parts: InvocationParts, hosting: Hosting): Handler {
  return async (exchange) => {
    const { arrivedAt } = exchange;
    const starting = hosting.starting();
    if (starting !== undefined) {
      await within(starting, arrivedAt + parts.timeoutMs - performance.now());
    }
    if (hosting.invoked !== '') {
      await invoke(parts, exchange, parseModelReference(hosting.invoked));
      return;
    }
    const name = onlyModel(hosting);
    const asked = (model: string): ModelReference => ({ model, version: '' });
    await hosting.loads.use(name, (model) => invoke(parts, exchange, asked(model)));
  };
}

function onlyModel({ loads }: Hosting): string {
  const [only, ...more] = loads.list();
  if (only === undefined) {
    throw new ShoalError('unknown_model', 'No model is loaded here that could be invoked.');
  }
  if (more.length === 0) return only.name;
  throw new ShoalError(
    'invalid_request',
    `There are ${1 + more.length} models here: set SAGEMAKER_MODEL to the one that /invocations ` +
      'asks, or ask one at /models/<name>/invoke.',
  );
}

/** Resolves with the promise, or when the time is over: what comes then says why it cannot go on. */
async function within(promise: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.max(0, ms));
  });
  try {
    await Promise.race([promise, over]);
  } finally {
    clearTimeout(timer);
  }
}
