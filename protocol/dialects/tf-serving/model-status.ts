import { asShoalError, ShoalError } from '../../../core/errors';
import {
  isListed,
  isServed,
  type Catalog,
  type ModelEntry,
  type VersionEntry,
  type VersionState,
} from '../../catalog';
import type { Handler } from '../../exchange';
import { modelIn } from '../open-inference/routes';
import type { ModelRoute } from './routes';

const headers = { 'content-type': 'application/json' };

/** KServe's list: `{"models": [names]}`. */
export function createListHandler(catalog: Catalog): Handler {
  return (exchange) => {
    const models = catalog
      .models()
      .filter(isListed)
      .map(({ name }) => name);
    exchange.reply(200, headers, JSON.stringify({ models }));
  };
}

/**
 * The state of a model's versions, or of one, as TensorFlow Serving says it, with KServe's `name`
 * and `ready` beside it. What cannot answer is an error, as KServe has it, with the same members.
 */
export function createStatusHandler(catalog: Catalog, route: ModelRoute): Handler {
  return (exchange) => {
    const name = modelIn(route.segment);
    exchange.notes.model = name;
    exchange.notes.version = route.version;
    const fault = faultOf(catalog, name, route.version);
    if (fault !== undefined && fault.code !== 'model_not_ready') throw fault;
    const status = statusOf(catalog.model(name), route.version);
    if (fault === undefined) {
      exchange.reply(200, headers, JSON.stringify({ ...status, name, ready: true }));
      return;
    }
    const fields = { ...status, name, ready: false };
    throw new ShoalError(fault.code, fault.message, { ...fault.details, fields });
  };
}

/** Why a request would not be answered. */
function faultOf(catalog: Catalog, model: string, version: string): ShoalError | undefined {
  try {
    catalog.resolve(model, version);
    return undefined;
  } catch (error) {
    return asShoalError(error);
  }
}

const states: Readonly<Record<VersionState, string>> = {
  new: 'START',
  loading: 'LOADING',
  ready: 'AVAILABLE',
  draining: 'UNLOADING',
  unloaded: 'END',
  failed: 'END',
};

function statusOf(entry: ModelEntry, version: string): object {
  const only = version === '' ? undefined : (entry.labels[version] ?? Number(version));
  const versions = entry.versions
    .filter((each) => only === undefined || each.version === only)
    .sort((one, other) => other.version - one.version);
  return { model_version_status: versions.map(versionStatus) };
}

/** What is loaded when it is asked for can be asked. */
function versionStatus(entry: VersionEntry): object {
  const { version, state, reason } = entry;
  return {
    version: String(version),
    state: isServed(entry) ? states.ready : states[state],
    status: { error_code: state === 'failed' ? 'UNKNOWN' : 'OK', error_message: reason },
  };
}
