import type { IRouter } from 'express';
import { loadOverrideIn } from '../../protocol/control/control-body';
import { asShoalError, ShoalError, type ErrorCode } from '../../core/errors';
import { checkedAs } from '../../protocol/openapi/schema';
import { exchangeOf } from '../../serving/http/express';
import { answer, jsonBody, modelParameter, mount } from '../../serving/http/express-answers';
import { loadBodyBytes } from '../../serving/model-control';
import type { HostControl } from '../host-control';
import { demandBody, holdBody, unloadBody } from './schema';

export interface ControlParts {
  readonly control: HostControl;
  readonly uploadMaxBytes: number;
  readonly hostId: string;
  /** Has a version loaded for which there may be no memory now. */
  readonly demand: (model: string, version: number, deadline: number) => Promise<void>;
}

/** What an inferrer has a host do where clients load and unload. */
export function mountControl(app: IRouter, parts: ControlParts): void {
  const { control, uploadMaxBytes, hostId, demand } = parts;
  mountLoad(app, parts);
  mount(app, '/modelhost/models/:model/demand', {
    post: async (request, response) => {
      const model = modelParameter(request);
      const { version, timeout_ms: timeoutMs } = checkedAs(demandBody, await jsonBody(request));
      await demand(model, version, performance.now() + timeoutMs);
      answer(response, 200, 'The version is loaded', { modelhost: hostId });
    },
  });
  mount(app, '/modelhost/models/:model/unload', {
    post: async (request, response) => {
      const model = modelParameter(request);
      const { version } = checkedAs(unloadBody, (await jsonBody(request)) ?? {});
      const done = await control.unload(model, version);
      answer(response, 200, 'The model is not served any more', done);
    },
  });
  mount(app, '/modelhost/models/:model/override', {
    post: async (request, response) => {
      const model = modelParameter(request);
      const exchange = exchangeOf(request);
      const override = loadOverrideIn(await exchange.body(loadBodyBytes(uploadMaxBytes)));
      if (override === null) throw new ShoalError('invalid_request', "Wanted 'parameters'.");
      const published = await control.override(model, override, exchange.signal);
      answer(response, published.created ? 201 : 200, 'The version is there', published);
    },
  });
}

function mountLoad(app: IRouter, { control, hostId }: ControlParts): void {
  mount(app, '/modelhost/models/:model/load', {
    post: async (request, response) => {
      const model = modelParameter(request);
      const { hold } = checkedAs(holdBody, (await jsonBody(request)) ?? {});
      const loaded = await control.load(model, hold).catch((error: unknown) => {
        throw ofHost(error, hostId);
      });
      answer(response, 200, 'The model is served', loaded);
    },
  });
  mount(app, '/modelhost/models/:model/loaded', {
    post: async (request, response) => {
      const kept = await control.keep(modelParameter(request));
      answer(response, 200, 'The model stays loaded', kept);
    },
  });
}

/** Faults that say nothing of the host. */
const ofAll: readonly ErrorCode[] = ['invalid_name', 'unknown_model', 'conflict'];

/** Of several hosts' faults, the caller is to know whose it is. */
function ofHost(error: unknown, hostId: string): ShoalError {
  const { code, message, details } = asShoalError(error);
  if (ofAll.includes(code)) return asShoalError(error);
  return new ShoalError(code, `Modelhost ${hostId} cannot serve it: ${message}`, details);
}
