import { paddedRows } from '../model-config/padding';
import { warmUpsOf } from '../model-config/warm-up';
import { wantsOwnRunner } from '../probe/own-runner';
import { noState, type ModelState } from '../repository/model-state';
import type { StoredVersion } from '../repository/snapshot';
import type { LoadOrder } from '../runners/runner-supervisor';
import { rolesIn } from './roles';

/** What a supervisor has to know of a version; with `alone` in a runner that holds nothing else. */
export function loadOrder(
  stored: StoredVersion,
  state: ModelState = noState,
  alone = false,
  checkFiles?: (stored: StoredVersion) => Promise<void>,
): LoadOrder {
  const { model, version, path, meta, config } = stored;
  const { runner, maxRunMs } = config;
  const { signature } = meta.facts;
  const padTo = paddedRows(config, signature);
  const { shadow } = rolesIn(state);
  return {
    model,
    version,
    generation: state.generation,
    path,
    signature,
    ownRunner: alone || runner === 'own' || (runner === 'measured' && wantsOwnRunner(meta.probe)),
    copies: shadow?.version === version ? shadow.copies : undefined,
    ...(maxRunMs === null ? {} : { maxRunMs }),
    warmUps: warmUpsOf(config, signature, meta.probe, meta.bytes),
    ...(padTo === null ? {} : { padTo }),
    ...(checkFiles === undefined ? {} : { checkFiles: () => checkFiles(stored) }),
  };
}
