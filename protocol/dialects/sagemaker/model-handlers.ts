import { ShoalError } from '../../../core/errors';
import type { Exchange, Handler } from '../../exchange';
import { jsonText, readJson } from '../../exact-json/read-json';
import { checkedAs } from '../../openapi/schema';
import type { LoadedModel, ModelLoads } from './hosting';
import { loadOrder } from './schema';
import { modelFields, modelPage } from './model-pages';

export function createListHandler(loads: ModelLoads): Handler {
  return (exchange) => {
    answer(exchange, modelPage(loads.list(), exchange.query));
  };
}

export function createLoadHandler(loads: ModelLoads): Handler {
  return async (exchange) => {
    const { name, url } = orderIn(await exchange.body());
    exchange.notes.model = name;
    await loads.load(name, url);
    answer(exchange, { status: `Model ${JSON.stringify(name)} is loaded.` });
  };
}

export function createShowHandler(loads: ModelLoads, name: string): Handler {
  return (exchange) => {
    const model = loads.list().find((each) => each.name === name);
    if (model === undefined) throw notLoaded(name);
    answer(exchange, modelFields(model));
  };
}

export function createUnloadHandler(loads: ModelLoads, name: string): Handler {
  return async (exchange) => {
    exchange.notes.model = name;
    await loads.unload(name);
    answer(exchange, { status: `Model ${JSON.stringify(name)} is unloaded.` });
  };
}

export function notLoaded(name: string): ShoalError {
  return new ShoalError('unknown_model', `No model ${JSON.stringify(name)} is loaded here.`);
}

function orderIn(body: Buffer): LoadedModel {
  const { model_name: name, url } = checkedAs(loadOrder, readJson(jsonText(body)));
  return { name, url };
}

function answer(exchange: Exchange, body: object): void {
  exchange.reply(200, { 'content-type': 'application/json' }, JSON.stringify(body));
}
