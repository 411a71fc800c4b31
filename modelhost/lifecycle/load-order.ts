import { paddedRows } from '../model-config/padding';
import { warmUpsOf } from '../model-config/warm-up';
import { wantsOwnRunner } from '../probe/own-runner';
import type { StoredVersion } from '../repository/snapshot';
import type { LoadOrder } from '../runners/runner-supervisor';

/** What a supervisor has to know of a version; with `alone` in a runner that holds nothing else. */
export function loadOrder(
  stored: StoredVersion,
  generation: number,
  alone: boolean,
  checkFiles?: (stored: StoredVersion) => Promise<void>,
): LoadOrder {
  const { model, version, path, meta, config } = stored;
  const { runner, maxRunMs } = config;
  const { signature } = meta.facts;
  const padTo = paddedRows(config, signature);
  return {
    model,
    version,
    generation,
    path,
    signature,
    ownRunner: alone || runner === 'own' || (runner === 'measured' && wantsOwnRunner(meta.probe)),
    ...(maxRunMs === null ? {} : { maxRunMs }),
    warmUps: warmUpsOf(config, signature, meta.probe),
    ...(padTo === null ? {} : { padTo }),
    ...(checkFiles === undefined ? {} : { checkFiles: () => checkFiles(stored) }),
  };
}
