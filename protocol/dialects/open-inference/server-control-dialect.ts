import { ShoalError } from '../../../core/errors';
import type { ServerOptions } from '../../control/server-options';
import type { Statistics } from '../../control/statistics';
import type { Dialect, Exchange, Handler } from '../../exchange';
import { modelIn } from './routes';
import { serverControlOperations } from './server-control-operations';
import { logChanges, logJson, traceChanges, traceJson } from './server-options-json';
import { statisticsJson } from './statistics-json';

export interface ServerControlOptions {
  readonly statistics: Statistics;
  readonly server: ServerOptions;
}

const name = 'oip';

const json = { 'content-type': 'application/json' };

/** What a path names, decoded: the model or '', the version or ''. */
interface Named {
  readonly model: string;
  readonly version: string;
}

type Action = (exchange: Exchange, named: Named) => Promise<void> | void;

interface Route {
  readonly path: RegExp;
  readonly methods: Readonly<Record<string, Action>>;
}

/** Triton's extensions that say and change what the server does, beside the models themselves. */
export function createServerControlDialect(options: ServerControlOptions): Dialect {
  const routes = routesOf(options);
  return {
    name,
    status: 'http',
    operations: serverControlOperations,
    match(method, path) {
      if (!path.startsWith('/v2/')) return undefined;
      for (const { path: pattern, methods } of routes) {
        const found = pattern.exec(path);
        if (found === null) continue;
        const action = methods[method];
        if (action === undefined) throw notAllowed(path, Object.keys(methods).join(', '));
        return handlerOf(action, found.groups ?? {});
      }
      return undefined;
    },
  };
}

function routesOf(options: ServerControlOptions): readonly Route[] {
  return [...statisticsRoutes(options), ...settingsRoutes(options)];
}

function settingsRoutes({ server }: ServerControlOptions): readonly Route[] {
  const trace: Route['methods'] = {
    GET(exchange, { model }) {
      exchange.reply(200, json, traceJson(server.trace(model)));
    },
    async POST(exchange, { model }) {
      const changes = traceChanges(await exchange.body());
      exchange.reply(200, json, traceJson(server.changeTrace(model, changes)));
    },
  };
  const logging: Route['methods'] = {
    GET(exchange) {
      exchange.reply(200, json, logJson(server.log()));
    },
    async POST(exchange) {
      exchange.reply(200, json, logJson(server.changeLog(logChanges(await exchange.body()))));
    },
  };
  return [
    { path: /^\/v2\/logging$/, methods: logging },
    { path: /^\/v2(?:\/models\/(?<model>[^/]+))?\/trace\/setting$/, methods: trace },
  ];
}

function statisticsRoutes({ statistics }: ServerControlOptions): readonly Route[] {
  const stats: Action = async (exchange, { model, version }) => {
    exchange.reply(200, json, statisticsJson(await statistics.of(model, version)));
  };
  return [
    { path: /^\/v2\/models\/stats$/, methods: { GET: stats } },
    {
      path: /^\/v2\/models\/(?<model>[^/]+)(?:\/versions\/(?<version>\d+))?\/stats$/,
      methods: { GET: stats },
    },
  ];
}

function handlerOf(action: Action, { model, version }: Readonly<Record<string, string>>): Handler {
  return (exchange) => {
    exchange.notes.dialect = name;
    return action(exchange, {
      model: model === undefined ? '' : modelIn(model),
      version: version ?? '',
    });
  };
}

function notAllowed(path: string, allow: string): ShoalError {
  return new ShoalError('method_not_allowed', `Method Not Allowed: ${path} takes ${allow}.`, {
    headers: { allow },
  });
}
