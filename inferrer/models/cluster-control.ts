import { loadBody } from '../../protocol/control/control-body';
import type { LoadOverride, ModelControl } from '../../protocol/control/model-control';
import { allowedControl } from '../../serving/model-control';
import type { InferrerSettings } from '../settings';
import type { ClusterModels } from './cluster-models';
import type { CallHost } from './host-calls';

type Models = Pick<ClusterModels, 'load' | 'unload' | 'upload' | 'setDefault'>;

type Limits = Pick<InferrerSettings, 'MODEL_CONTROL' | 'UPLOAD_WAIT_MS'>;

/** Loading and unloading in the whole cluster, within what the operator allows. */
export function createClusterControl(limits: Limits, models: Models, call: CallHost): ModelControl {
  const waitMs = limits.UPLOAD_WAIT_MS;

  /** What the call brings becomes a version as an upload does, and the default even if it was there. */
  async function publish(model: string, override: LoadOverride, id: string): Promise<void> {
    const path = `/modelhost/models/${model}/override`;
    const body = loadBody(override);
    const request = { method: 'POST', path, body, requestId: id, timeoutMs: waitMs } as const;
    const { version } = await models.upload(model, (host) => call(host.url, request), id);
    await models.setDefault(model, version, id);
  }

  return allowedControl(limits.MODEL_CONTROL, {
    async load(model, override, id) {
      if (override !== null) await publish(model, override, id);
      await models.load(model, id);
    },
    async unload(model, id) {
      await models.unload(model, id);
    },
  });
}
