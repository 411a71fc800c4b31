import { performance } from 'node:perf_hooks';
import { asShoalError } from '../../core/errors';
import { notUnloadedAgain, unloadedAgain } from '../../protocol/cluster/load-outcome';
import { withOutcome } from '../../protocol/cluster/upload-outcome';
import { askAnyHost } from './any-host';
import { cannotServe, late, undo, type ClusterParts } from './cluster-change';
import { allHosts, loaded, type HostLine } from './host-progress';
import { numberIn, type HostReply } from './host-reply';
import type { Naming } from './named-version';

/**
 * Resolves when all hosts serve the model. Where one cannot, or not in time, a model that was unloaded
 * is unloaded again, unless somebody else has loaded it meanwhile; one that was served stays.
 */
export async function loadEverywhere(
  parts: ClusterParts,
  model: string,
  id: string,
): Promise<readonly HostLine[]> {
  const path = `/modelhost/models/${model}/load`;
  const terms = { requestId: id, timeoutMs: parts.waitMs };
  const reply = await askAnyHost(parts, { method: 'POST', path, body: { hold: true }, ...terms });
  const version = numberIn(reply, 'version');
  const progress = loaded(version, numberIn(reply, 'generation'));
  const deadline = performance.now() + parts.waitMs;
  const all = await allHosts(parts.registry, { model, version, progress }, deadline);
  // Hosts of an earlier build do not say so, and have loaded it for good.
  const away = reply.body['wasUnloaded'] === true;
  const load: Naming = { model, version, id };
  if (all.complete) {
    if (away) await keep(parts, load);
    return all.lines;
  }
  const fault = cannotServe(all, model, version) ?? late(`Model '${model}' is loaded`, all);
  throw away ? withOutcome(fault, await takenBack(parts, load)) : fault;
}

/** Unloads a model that was loaded for the version alone: for its upload, or for it as the default. */
export function unloadAgain(
  parts: ClusterParts,
  { model, version, id: requestId }: Naming,
): Promise<HostReply> {
  const path = `/modelhost/models/${model}/unload`;
  const terms = { requestId, timeoutMs: parts.waitMs };
  return undo(parts, { method: 'POST', path, body: { version }, ...terms }, { model, version });
}

/** From then on the failure of another load, or of an upload, does not unload it. */
async function keep(parts: ClusterParts, load: Naming): Promise<void> {
  const path = `/modelhost/models/${load.model}/loaded`;
  const terms = { requestId: load.id, timeoutMs: parts.waitMs };
  try {
    await askAnyHost(parts, { method: 'POST', path, body: {}, ...terms });
  } catch (error) {
    throw withOutcome(asShoalError(error), await takenBack(parts, load));
  }
}

/** What has become of a model that not all hosts could load, in words for the caller. */
async function takenBack(parts: ClusterParts, load: Naming): Promise<string> {
  try {
    const { body } = await unloadAgain(parts, load);
    return unloadedAgain(body['unloaded'] !== false);
  } catch (error) {
    parts.logger.error({ err: error, ...load }, 'a model that could not be loaded stays loaded');
    return notUnloadedAgain(load.model, error);
  }
}
