import type { ModelControl } from '../protocol/control/model-control';
import { allowedControl, type ModelControlMode } from '../serving/model-control';
import type { HostControl } from './host-control';
import type { HostNaming } from './host-naming';

/** What a modelhost can change of the repository. */
export interface Changing {
  readonly control: HostControl;
  readonly naming: Pick<HostNaming, 'setDefault'>;
}

/**
 * Loading and unloading where a modelhost is asked itself, within what the operator allows: other
 * hosts follow the repository.
 */
export function createSingleControl(
  mode: ModelControlMode,
  { control, naming }: Changing,
): ModelControl {
  return allowedControl(mode, {
    async load(model, override) {
      if (override !== null) {
        const { version } = await control.override(model, override);
        await naming.setDefault(model, version);
      }
      await control.load(model);
    },
    async unload(model) {
      await control.unload(model);
    },
  });
}
