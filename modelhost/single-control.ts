import type { ModelControl } from '../protocol/control/model-control';
import type { HostControl } from './host-control';
import type { HostModels } from './models';

/** Loading and unloading where a modelhost is asked itself: other hosts follow the repository. */
export function createSingleControl(
  control: HostControl,
  models: Pick<HostModels, 'setDefault'>,
): ModelControl {
  return {
    async load(model, override) {
      if (override !== null) {
        const { version } = await control.override(model, override);
        await models.setDefault(model, version);
      }
      await control.load(model);
    },
    async unload(model) {
      await control.unload(model);
    },
  };
}
