import { ShoalError } from '../../../core/errors';
import { isServed, type Catalog, type Servable } from '../../catalog';
import { metadataShape, modelConfig, platformOf } from '../../control/model-config';
import type { Exchange, Handler } from '../../exchange';
import type { TensorSpec } from '../../signature';
import { referenceIn, type ModelRoute } from './routes';

const headers = { 'content-type': 'application/json' };

export function createLiveHandler(): Handler {
  return (exchange) => {
    answer(exchange, { live: true });
  };
}

export function createReadyHandler(ready: () => boolean): Handler {
  return (exchange) => {
    if (!ready()) {
      throw new ShoalError('not_ready', 'The server is not ready yet; try again in a second.', {
        retryAfter: 1,
        fields: { live: true, ready: false },
      });
    }
    answer(exchange, { live: true, ready: true });
  };
}

/** What a server says of itself. */
export interface ServerFacts {
  readonly name: string;
  readonly version: string;
  readonly extensions: readonly string[];
}

export function createServerHandler({ name, version, extensions }: ServerFacts): Handler {
  return (exchange) => {
    answer(exchange, { name, version, extensions });
  };
}

export function createModelReadyHandler(catalog: Catalog, route: ModelRoute): Handler {
  return (exchange) => {
    const { model } = servableOf(catalog, route);
    answer(exchange, { name: model, ready: true });
  };
}

/** Inputs and outputs that no datatype describes are left out; they cannot be asked for. */
export function createMetadataHandler(catalog: Catalog, route: ModelRoute): Handler {
  return (exchange) => {
    const { model, version: number, signature } = servableOf(catalog, route);
    const { versions } = catalog.model(model);
    const ready = versions.filter(isServed);
    answer(exchange, {
      name: model,
      versions: ready.map(({ version }) => String(version)),
      platform: platformOf(versions.find(({ version }) => version === number)),
      inputs: signature.inputs.flatMap(described),
      outputs: signature.outputs.flatMap(described),
    });
  };
}

export function createConfigHandler(catalog: Catalog, route: ModelRoute): Handler {
  return (exchange) => {
    const { model, version: number } = servableOf(catalog, route);
    const entry = catalog.model(model);
    const version = entry.versions.find(({ version }) => version === number);
    if (version === undefined) throw new Error('a servable is of a version of its model');
    answer(exchange, modelConfig(entry, version));
  };
}

function servableOf(catalog: Catalog, route: ModelRoute): Servable {
  const { model, version } = referenceIn(route);
  return catalog.resolve(model, version);
}

function described({ name, datatype, shape }: TensorSpec): object[] {
  if (datatype === null) return [];
  return [{ name, datatype, shape: metadataShape(shape) }];
}

function answer(exchange: Exchange, body: object): void {
  exchange.reply(200, headers, JSON.stringify(body));
}
