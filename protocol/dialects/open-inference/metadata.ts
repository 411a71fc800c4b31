import { ShoalError } from '../../../core/errors';
import type { Catalog } from '../../catalog';
import { extensions } from '../../control/extensions';
import { metadataShape, onnxPlatform } from '../../control/model-config';
import type { Exchange, Handler } from '../../exchange';
import type { TensorSpec } from '../../signature';
import { modelIn, type ModelRoute } from './routes';

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

export function createServerHandler(name: string, version: string): Handler {
  return (exchange) => {
    answer(exchange, { name, version, extensions });
  };
}

export function createModelReadyHandler(catalog: Catalog, route: ModelRoute): Handler {
  return (exchange) => {
    const { model } = servableOf(catalog, route, exchange);
    answer(exchange, { name: model, ready: true });
  };
}

/** Inputs and outputs that no datatype describes are left out; they cannot be asked for. */
export function createMetadataHandler(catalog: Catalog, route: ModelRoute): Handler {
  return (exchange) => {
    const { model, signature } = servableOf(catalog, route, exchange);
    const ready = catalog.model(model).versions.filter(({ state }) => state === 'ready');
    answer(exchange, {
      name: model,
      versions: ready.map(({ version }) => String(version)),
      platform: onnxPlatform,
      inputs: signature.inputs.flatMap(described),
      outputs: signature.outputs.flatMap(described),
    });
  };
}

function servableOf(catalog: Catalog, route: ModelRoute, { notes }: Exchange) {
  const model = modelIn(route.segment);
  notes.model = model;
  notes.version = route.version;
  return catalog.resolve(model, route.version);
}

function described({ name, datatype, shape }: TensorSpec): object[] {
  if (datatype === null) return [];
  return [{ name, datatype, shape: metadataShape(shape) }];
}

function answer(exchange: Exchange, body: object): void {
  exchange.reply(200, headers, JSON.stringify(body));
}
