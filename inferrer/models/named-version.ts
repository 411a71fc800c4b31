import { performance } from 'node:perf_hooks';
import { asShoalError } from '../../core/errors';
import { askAnyHost } from './any-host';
import { cannotServe, late, type ClusterParts } from './cluster-change';
import { FirstLoads } from './first-loads';
import { allHosts, servesVersion, type Change } from './host-progress';
import { numberIn } from './host-reply';

/** A version that is to get a name: to be the default, or to have a label. */
export interface Naming {
  readonly model: string;
  readonly version: number;
  /** Id of the client's request. */
  readonly id: string;
}

/**
 * Gives the version its name by `give`, once every ready host serves it. Where one cannot, or not in
 * time, nothing changes anywhere; throws model_rejected or deadline_exceeded with a line per host.
 */
export async function named<Result>(
  parts: ClusterParts,
  naming: Naming,
  give: () => Promise<Result>,
): Promise<Result> {
  const release = await held(parts, naming);
  try {
    return await give();
  } catch (error) {
    await release();
    throw error;
  }
}

type Release = () => Promise<void>;

/** Resolves when all hosts serve the version, which was held for it if need be. */
async function held(parts: ClusterParts, naming: Naming): Promise<Release> {
  const { model, version, id: requestId } = naming;
  const path = `/modelhost/models/${model}/held/${version}`;
  const terms = { path, requestId, timeoutMs: parts.waitMs };
  const reply = await askAnyHost(parts, { method: 'PUT', ...terms }).catch(unlessUnknown);
  // An earlier build names the version at once, as it always did.
  if (reply?.body['loads'] !== true) return () => Promise.resolve();
  const release = async (): Promise<void> => {
    if (reply.body['held'] !== true) return;
    await askAnyHost(parts, { method: 'DELETE', ...terms }).catch((error: unknown) => {
      parts.logger.error({ err: error, ...naming }, 'a version stays loaded that got no name');
    });
  };
  const progress = servesHeld(version, numberIn(reply, 'generation'));
  const deadline = performance.now() + parts.waitMs;
  const loads = new FirstLoads({ ...parts, model, version, requestId });
  const all = await allHosts(parts.registry, { model, version, progress, loads }, deadline);
  if (all.complete) return release;
  await release();
  throw (
    cannotServe(all, model, version, ' Nothing has changed.') ??
    late(`Nothing has changed: version ${version} of model '${model}' was loaded first`, all)
  );
}

function unlessUnknown(error: unknown): undefined {
  if (asShoalError(error).code === 'unknown_route') return undefined;
  throw error;
}

/**
 * Ready once the host serves the version. A host that acts on the generation and does not tell what
 * it holds is of an earlier build: it loads the version when that has its name.
 */
export function servesHeld(version: number, generation: number): Change['progress'] {
  const serves = servesVersion(version, generation);
  return (entry) => {
    const progress = serves(entry);
    if (progress.state !== 'waiting' || entry === undefined) return progress;
    const found = entry.versions.find((each) => each.version === version);
    const passedOver = found?.state === 'unloaded' && entry.held === undefined;
    return entry.generation >= generation && passedOver ? { state: 'ready' } : progress;
  };
}
