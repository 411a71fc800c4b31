import type { IRouter } from 'express';
import { loadOverrideIn } from '../../protocol/control/control-body';
import { ShoalError } from '../../core/errors';
import { parseModelName } from '../../protocol/model-name';
import { exchangeOf } from '../../serving/http/express';
import { answer, mount, pathParameter } from '../../serving/http/express-answers';
import { loadBodyBytes } from '../../serving/model-control';
import type { HostControl } from '../host-control';

export interface ControlParts {
  readonly control: HostControl;
  readonly uploadMaxBytes: number;
}

/** What an inferrer has a host do where clients load and unload. */
export function mountControl(app: IRouter, { control, uploadMaxBytes }: ControlParts): void {
  mount(app, '/modelhost/models/:model/load', {
    post: async (request, response) => {
      const model = parseModelName(pathParameter(request, 'model'));
      answer(response, 200, 'The model is served', await control.load(model));
    },
  });
  mount(app, '/modelhost/models/:model/unload', {
    post: async (request, response) => {
      const model = parseModelName(pathParameter(request, 'model'));
      answer(response, 200, 'The model is not served any more', await control.unload(model));
    },
  });
  mount(app, '/modelhost/models/:model/override', {
    post: async (request, response) => {
      const model = parseModelName(pathParameter(request, 'model'));
      const override = loadOverrideIn(
        await exchangeOf(request).body(loadBodyBytes(uploadMaxBytes)),
      );
      if (override === null) throw new ShoalError('invalid_request', "Wanted 'parameters'.");
      const published = await control.override(model, override);
      answer(response, published.created ? 201 : 200, 'The version is there', published);
    },
  });
}
