import { paddedRows } from '../model-config/padding';
import { warmUpsOf } from '../model-config/warm-up';
import { wantsOwnRunner } from '../probe/own-runner';
import { noState, type ModelState } from '../repository/model-state';
import type { StoredVersion } from '../repository/snapshot';
import type { LoadOrder } from '../runners/runner-supervisor';
import type { LifecycleOptions } from './lifecycle';
import { rolesIn } from './roles';

/** What a supervisor has to know of a version; with `ownRunners` in a runner that holds nothing else. */
export function loadOrder(
  stored: StoredVersion,
  state: ModelState = noState,
  { ownRunners = false, checkFiles }: Pick<LifecycleOptions, 'ownRunners' | 'checkFiles'> = {},
): LoadOrder {
  const { model, version, path, meta, config } = stored;
  const { maxRunMs } = config;
  const { signature } = meta.facts;
  const padTo = paddedRows(config, signature);
  const { shadow } = rolesIn(state);
  return {
    model,
    version,
    generation: state.generation,
    path,
    signature,
    ownRunner: ownRunners || wantsOwn(stored),
    copies: shadow?.version === version ? shadow.copies : undefined,
    ...(maxRunMs === null ? {} : { maxRunMs }),
    warmUps: warmUpsOf(config, signature, meta.probe, meta.bytes),
    ...(padTo === null ? {} : { padTo }),
    ...(checkFiles === undefined ? {} : { checkFiles: () => checkFiles(stored) }),
  };
}

function wantsOwn({ config: { runner }, meta }: StoredVersion): boolean {
  return runner === 'own' || (runner === 'measured' && wantsOwnRunner(meta.probe));
}
