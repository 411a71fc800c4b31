import { ShoalError } from '../../../core/errors';
import type { Exchange, Handler } from '../../exchange';
import { isJsonObject, shown } from '../../exact-json/json-value';
import { jsonText, readJson } from '../../exact-json/read-json';
import type { LoadedModel, ModelLoads } from './hosting';
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

const maxNameLength = 1024;

function orderIn(body: Buffer): LoadedModel {
  const value = readJson(jsonText(body));
  if (!isJsonObject(value)) throw wrong(`an object, got ${shown(value)}`);
  const name = value['model_name'];
  const url = value['url'];
  if (typeof name !== 'string' || name === '' || name.length > maxNameLength) {
    throw wrong(`a model_name of 1 to ${maxNameLength} characters, got ${shown(name)}`);
  }
  if (typeof url !== 'string' || url === '') throw wrong(`a url, got ${shown(url)}`);
  return { name, url };
}

function wrong(wanted: string): ShoalError {
  return new ShoalError('invalid_request', `{"model_name": ..., "url": ...}: wanted ${wanted}.`);
}

function answer(exchange: Exchange, body: object): void {
  exchange.reply(200, { 'content-type': 'application/json' }, JSON.stringify(body));
}
