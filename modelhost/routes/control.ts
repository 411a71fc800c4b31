import type { IRouter } from 'express';
import { loadOverrideIn } from '../../protocol/control/control-body';
import { ShoalError } from '../../core/errors';
import { checkedAs } from '../../protocol/openapi/schema';
import { exchangeOf } from '../../serving/http/express';
import { answer, jsonBody, modelParameter, mount } from '../../serving/http/express-answers';
import { loadBodyBytes } from '../../serving/model-control';
import type { HostControl } from '../host-control';
import { demandBody, unloadBody } from './schema';

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
  mount(app, '/modelhost/models/:model/load', {
    post: async (request, response) => {
      const model = modelParameter(request);
      answer(response, 200, 'The model is served', await control.load(model));
    },
  });
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
