import { performance } from 'node:perf_hooks';
import { asShoalError } from '../../core/errors';
import { isDefaultNow, notTakenBack, withOutcome } from '../../protocol/cluster/upload-outcome';
import type { HostRegistry, KnownHost } from '../hosts/host-registry';
import { hasGone, unlessLost } from '../hosts/unless-lost';
import { hostsToAsk, hostToUploadTo } from './any-host';
import { loadEverywhere, unloadAgain } from './cluster-load';
import { cannotServe, change, late, undo, type ClusterParts } from './cluster-change';
import type { HostRequest } from './host-calls';
import { FirstLoads } from './first-loads';
import { actsOn, allHosts, hasTriedAll, servesVersion, serving } from './host-progress';
import type { Change, HostLine } from './host-progress';
import { errorOfReply, numberIn, type HostReply } from './host-reply';
import { named, type Naming } from './named-version';

/** What became of an upload. */
export interface Uploaded {
  readonly model: string;
  readonly version: number;
  readonly sha256: string;
  /** False where the same bytes were there already. */
  readonly created: boolean;
  /** Fields of the configuration that have no effect; absent where there are none. */
  readonly ignored?: readonly string[];
  /** Files of the upload that were not kept, as nothing names them; absent where there are none. */
  readonly unused?: readonly string[];
  readonly hosts: readonly HostLine[];
}

/** One host's answer to a call that went to all. */
export interface NodeLine {
  readonly node: string;
  readonly code: number;
  readonly ms: number;
}

/** Told of each step of an upload that is done. */
export type TellStep = (step: 'stored' | 'loaded' | 'live', data: object) => void;

/**
 * Operations on the models of the whole cluster. Each resolves when every host that is ready acts
 * accordingly, and throws deadline_exceeded, with a line per host, when one does not in time.
 * `id` is the client's request id.
 */
export interface ClusterModels {
  /**
   * `send` has one host store and probe the model without making it the default. It becomes the
   * default when all hosts serve it; if one cannot, the version is deleted again everywhere.
   */
  upload(
    model: string,
    send: (host: KnownHost) => Promise<HostReply>,
    id: string,
    tell?: TellStep,
  ): Promise<Uploaded>;
  /** Removes a version (number or label), or the whole model where `version` is ''. */
  remove(model: string, version: string, id: string): Promise<void>;
  setDefault(model: string, version: number, id: string): Promise<readonly HostLine[]>;
  describe(model: string, description: string, id: string): Promise<readonly HostLine[]>;
  /**
   * Resolves when all hosts serve the model, which a host has looked for in the repository. Where one
   * cannot, a model that was unloaded is unloaded again.
   */
  load(model: string, id: string): Promise<readonly HostLine[]>;
  /** Resolves when no host serves it any more and what was under way is answered. */
  unload(model: string, id: string): Promise<readonly HostLine[]>;
  /** Has every host read the repository again. */
  update(id: string): Promise<readonly NodeLine[]>;
}

export function createClusterModels(parts: ClusterParts): ClusterModels {
  const timeoutMs = parts.waitMs;
  return {
    upload: (model, send, id, tell = () => undefined) => upload(parts, { model, id, tell }, send),
    setDefault: (model, version, id) => setDefault(parts, { model, version, id }),
    async remove(model, version, id) {
      const path = `/modelhost/models/${model}${version === '' ? '' : `:${version}`}`;
      const request: HostRequest = { method: 'DELETE', path, requestId: id, timeoutMs };
      await change(parts, request, { model, version: 0, removed: version === '' });
    },
    describe(model, description, id) {
      const path = `/modelhost/models/${model}/information`;
      const body = { model_description: description };
      const request: HostRequest = { method: 'POST', path, body, requestId: id, timeoutMs };
      return change(parts, request, { model, version: 0, removed: false });
    },
    load: (model, id) => loadEverywhere(parts, model, id),
    unload(model, id) {
      const path = `/modelhost/models/${model}/unload`;
      const request: HostRequest = { method: 'POST', path, body: {}, requestId: id, timeoutMs };
      return change(parts, request, { model, version: 0, removed: true });
    },
    update(requestId) {
      const path = '/modelhost/models/update';
      const request: HostRequest = { method: 'POST', path, body: {}, requestId, timeoutMs };
      const hosts = hostsToAsk(parts.registry);
      return Promise.all(hosts.map((host) => updated(parts, host, request)));
    },
  };
}

function setDefault(parts: ClusterParts, naming: Naming): Promise<readonly HostLine[]> {
  return named(parts, naming, () => makeDefault(parts, naming));
}

function makeDefault(
  parts: ClusterParts,
  { model, version, id, away = false }: Naming & { readonly away?: boolean },
  onMade: () => void = () => undefined,
): Promise<readonly HostLine[]> {
  const request: HostRequest = {
    method: 'POST',
    path: `/modelhost/models/${model}/default`,
    body: { default: version },
    requestId: id,
    timeoutMs: parts.waitMs,
  };
  return change(parts, request, { model, version, removed: false, back: away, onMade });
}

async function upload(
  parts: ClusterParts,
  { model, id, tell }: { readonly model: string; readonly id: string; readonly tell: TellStep },
  send: (host: KnownHost) => Promise<HostReply>,
): Promise<Uploaded> {
  const host = hostToUploadTo(parts.registry, model);
  const reply = { ...(await send(host)), host: host.id };
  if (reply.status >= 300) throw errorOfReply(reply);
  const version = numberIn(reply, 'version');
  const { created, promote, sha256, ignored, unused, wasUnloaded } = reply.body;
  const uploaded = {
    model,
    version,
    sha256: String(sha256),
    created: created === true,
    ...(Array.isArray(ignored) ? { ignored: ignored.map(String) } : {}),
    ...(Array.isArray(unused) ? { unused: unused.map(String) } : {}),
  };
  tell('stored', { version, created: created === true });
  const away = wasUnloaded === true;
  if (promote !== true) {
    const generation = numberIn(reply, 'generation');
    await toldEverywhere(parts, { model, version, generation, away });
    return { ...uploaded, hosts: linesNow(parts.registry, model, version) };
  }
  const generation = generationIn(reply);
  const held = { model, version, generation, id, created: created === true, away };
  await servedEverywhere(parts, held, tell);
  const hosts = await defaultOrTakenBack(parts, held);
  tell('live', { version });
  return { ...uploaded, hosts };
}

/** A version that was there before it was uploaded. */
interface Known {
  readonly model: string;
  readonly version: number;
  readonly generation: number;
  /** The model was unloaded before. */
  readonly away: boolean;
}

/** Waits for what an upload of what is there already has changed: a description, or that it is loaded. */
async function toldEverywhere(
  parts: ClusterParts,
  { model, version, generation, away }: Known,
): Promise<void> {
  const progress = away ? hasTriedAll(generation) : actsOn(generation, false);
  const deadline = performance.now() + parts.waitMs;
  const all = await allHosts(parts.registry, { model, version, progress }, deadline);
  if (!all.complete) throw late(`Version ${version} of model '${model}' is there`, all);
}

/** Of a host of an earlier build that says none nothing can be concluded. */
function generationIn({ body }: HostReply): number {
  const { generation } = body;
  return typeof generation === 'number' ? generation : Infinity;
}

interface HeldVersion {
  readonly model: string;
  readonly version: number;
  /** By which it was there. */
  readonly generation: number;
  readonly id: string;
  readonly created: boolean;
  /** The model was unloaded before. */
  readonly away: boolean;
}

/** Waits until all hosts serve a held version; takes it back and throws where one does not. */
async function servedEverywhere(
  parts: ClusterParts,
  held: HeldVersion,
  tell: TellStep,
): Promise<void> {
  const { model, version, generation, id: requestId } = held;
  const deadline = performance.now() + parts.waitMs;
  const loads = new FirstLoads({ ...parts, model, version, requestId });
  const progress = servesVersion(version, generation);
  const onReady = (host: string, ms: number): void => {
    tell('loaded', { host, version, ms });
  };
  const change: Change = { model, version, progress, loads, onReady };
  const all = await allHosts(parts.registry, change, deadline);
  if (all.complete) return;
  const outcome = await takeBack(parts, held);
  if (outcome !== '') {
    const left = `Version ${version} of model '${model}' is to be taken back`;
    throw withOutcome(cannotServe(all, model, version) ?? late(left, all), outcome);
  }
  throw (
    cannotServe(all, model, version, ' Nothing has changed.') ??
    late(`Version ${version} of model '${model}' is taken back`, all)
  );
}

/** What has been the default for a moment is not taken back. */
async function defaultOrTakenBack(
  parts: ClusterParts,
  held: HeldVersion,
): Promise<readonly HostLine[]> {
  const { model, version, created } = held;
  const change: { made: boolean } = { made: false };
  const onMade = (): void => {
    change.made = true;
  };
  try {
    return await makeDefault(parts, held, onMade);
  } catch (error) {
    if (change.made) throw withOutcome(asShoalError(error), isDefaultNow(model, version));
    const outcome = created ? await takeBack(parts, held) : '';
    throw outcome === '' ? error : withOutcome(asShoalError(error), outcome);
  }
}

/** '' where that went well, else why the version is there still. */
async function takeBack(parts: ClusterParts, held: HeldVersion): Promise<string> {
  const { model, version, id: requestId } = held;
  const terms = { requestId, timeoutMs: parts.waitMs };
  try {
    const path = `/modelhost/models/${model}:${version}`;
    if (held.created) await undo(parts, { method: 'DELETE', path, ...terms }, held);
    if (held.away) await unloadAgain(parts, held);
    return '';
  } catch (error) {
    if (/^unknown_(model|version)$/.test(asShoalError(error).code)) return '';
    parts.logger.error({ err: error, ...held }, 'a refused version could not be taken back');
    return notTakenBack(model, version, error);
  }
}

function linesNow(registry: HostRegistry, model: string, version: number): HostLine[] {
  const progress = servesVersion(version);
  return serving(registry.hosts()).map((host) => {
    const entry = host.catalog?.models.find((candidate) => candidate.name === model);
    return { host: host.id, version, ms: 0, ...progress(entry) };
  });
}

async function updated(
  { registry, call }: ClusterParts,
  host: KnownHost,
  request: HostRequest,
): Promise<NodeLine> {
  const began = performance.now();
  const code = await unlessLost(registry, hasGone(host), (signal) =>
    call(host.url, { ...request, signal }),
  ).then(
    (reply) => reply.status,
    (error: unknown) => (asShoalError(error).code === 'deadline_exceeded' ? 504 : 503),
  );
  return { node: host.id, code, ms: Math.round(performance.now() - began) };
}
