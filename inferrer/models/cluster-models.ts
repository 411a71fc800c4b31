import { performance } from 'node:perf_hooks';
import { asShoalError, ShoalError } from '../../core/errors';
import type { Logger } from '../../core/logging';
import type { HostRegistry, KnownHost } from '../hosts/host-registry';
import { askAnyHost, hostsToAsk } from './any-host';
import type { CallHost, HostRequest } from './host-calls';
import {
  actsOn,
  allHosts,
  loaded,
  servesVersion,
  serving,
  type AllHosts,
  type HostLine,
} from './host-progress';
import { errorOfReply, numberIn, type HostReply } from './host-reply';

/** What became of an upload. */
export interface Uploaded {
  readonly model: string;
  readonly version: number;
  readonly sha256: string;
  /** False where the same bytes were there already. */
  readonly created: boolean;
  /** Fields of the configuration that have no effect; absent where there are none. */
  readonly ignored?: readonly string[];
  readonly hosts: readonly HostLine[];
}

/** One host's answer to a call that went to all. */
export interface NodeLine {
  readonly node: string;
  readonly code: number;
  readonly ms: number;
}

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
  ): Promise<Uploaded>;
  /** Removes a version (number or label), or the whole model where `version` is ''. */
  remove(model: string, version: string, id: string): Promise<void>;
  setDefault(model: string, version: number, id: string): Promise<readonly HostLine[]>;
  describe(model: string, description: string, id: string): Promise<readonly HostLine[]>;
  /** Resolves when all hosts serve the model, which a host has looked for in the repository. */
  load(model: string, id: string): Promise<readonly HostLine[]>;
  /** Resolves when no host serves it any more and what was under way is answered. */
  unload(model: string, id: string): Promise<readonly HostLine[]>;
  /** Has every host read the repository again. */
  update(id: string): Promise<readonly NodeLine[]>;
}

export interface ClusterModelsParts {
  readonly registry: HostRegistry;
  readonly call: CallHost;
  /** Milliseconds for all hosts to follow. */
  readonly waitMs: number;
  readonly logger: Logger;
}

export function createClusterModels(parts: ClusterModelsParts): ClusterModels {
  const timeoutMs = parts.waitMs;
  return {
    upload: (model, send, id) => upload(parts, { model, id }, send),
    setDefault: (model, version, id) => makeDefault(parts, { model, version, id }),
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
    load: (model, id) => load(parts, model, id),
    unload(model, id) {
      const path = `/modelhost/models/${model}/unload`;
      const request: HostRequest = { method: 'POST', path, body: {}, requestId: id, timeoutMs };
      return change(parts, request, { model, version: 0, removed: true });
    },
    update(requestId) {
      const path = '/modelhost/models/update';
      const request: HostRequest = { method: 'POST', path, body: {}, requestId, timeoutMs };
      const hosts = hostsToAsk(parts.registry);
      return Promise.all(hosts.map((host) => updated(parts.call, host, request)));
    },
  };
}

async function load(
  parts: ClusterModelsParts,
  model: string,
  id: string,
): Promise<readonly HostLine[]> {
  const { waitMs: timeoutMs } = parts;
  const path = `/modelhost/models/${model}/load`;
  const request: HostRequest = { method: 'POST', path, body: {}, requestId: id, timeoutMs };
  const reply = await askAnyHost(parts, request);
  const version = numberIn(reply, 'version');
  const progress = loaded(version, numberIn(reply, 'generation'));
  const deadline = performance.now() + timeoutMs;
  const all = await allHosts(parts.registry, { model, version, progress }, deadline);
  if (all.complete) return all.lines;
  throw cannotServe(all, model, version) ?? late(`Model '${model}' is loaded`, all);
}

interface Changed {
  readonly model: string;
  readonly version: number;
  /** The change takes the model away. */
  readonly removed: boolean;
}

/** Has any host make a change and waits until all act on the generation that it made. */
async function change(
  parts: ClusterModelsParts,
  request: HostRequest,
  { model, version, removed }: Changed,
): Promise<readonly HostLine[]> {
  const reply = await askAnyHost(parts, request);
  const progress = actsOn(numberIn(reply, 'generation'), removed);
  const deadline = performance.now() + parts.waitMs;
  const all = await allHosts(parts.registry, { model, version, progress }, deadline);
  if (!all.complete) throw late(`The change of model '${model}' is made`, all);
  return all.lines;
}

function makeDefault(
  parts: ClusterModelsParts,
  { model, version, id }: { readonly model: string; readonly version: number; readonly id: string },
): Promise<readonly HostLine[]> {
  const request: HostRequest = {
    method: 'POST',
    path: `/modelhost/models/${model}/default`,
    body: { default: version },
    requestId: id,
    timeoutMs: parts.waitMs,
  };
  return change(parts, request, { model, version, removed: false });
}

async function upload(
  parts: ClusterModelsParts,
  { model, id }: { readonly model: string; readonly id: string },
  send: (host: KnownHost) => Promise<HostReply>,
): Promise<Uploaded> {
  const [host] = hostsToAsk(parts.registry);
  if (host === undefined) throw new Error('hostsToAsk gives at least one');
  const reply = { ...(await send(host)), host: host.id };
  if (reply.status >= 300) throw errorOfReply(reply);
  const version = numberIn(reply, 'version');
  const { created, promote, sha256, ignored, wasUnloaded } = reply.body;
  const uploaded = {
    model,
    version,
    sha256: String(sha256),
    created: created === true,
    ...(Array.isArray(ignored) ? { ignored: ignored.map(String) } : {}),
  };
  if (promote !== true) return { ...uploaded, hosts: linesNow(parts.registry, model, version) };
  const away = wasUnloaded === true;
  await servedEverywhere(parts, { model, version, id, created: created === true, away });
  return { ...uploaded, hosts: await makeDefault(parts, { model, version, id }) };
}

interface HeldVersion {
  readonly model: string;
  readonly version: number;
  readonly id: string;
  readonly created: boolean;
  /** The model was unloaded before. */
  readonly away: boolean;
}

/** Waits until all hosts serve a held version; takes it back and throws where one does not. */
async function servedEverywhere(parts: ClusterModelsParts, held: HeldVersion): Promise<void> {
  const { model, version } = held;
  const deadline = performance.now() + parts.waitMs;
  const progress = servesVersion(version);
  const all = await allHosts(parts.registry, { model, version, progress }, deadline);
  if (all.complete) return;
  await takeBack(parts, held);
  throw (
    cannotServe(all, model, version, ' Nothing has changed.') ??
    late(`Version ${version} of model '${model}' is taken back`, all)
  );
}

function cannotServe(
  { lines }: AllHosts,
  model: string,
  version: number,
  rest = '',
): ShoalError | undefined {
  const failed = lines.find((line) => line.state === 'failed');
  if (failed === undefined) return undefined;
  const reason = failed.reason ?? 'no reason given';
  return new ShoalError(
    'model_rejected',
    `Modelhost ${failed.host} cannot serve version ${version} of model '${model}': ${reason}.${rest}`,
    { fields: { hosts: lines } },
  );
}

async function takeBack(parts: ClusterModelsParts, held: HeldVersion): Promise<void> {
  const { model, version, id: requestId } = held;
  const terms = { requestId, timeoutMs: parts.waitMs };
  try {
    const path = `/modelhost/models/${model}:${version}`;
    if (held.created) await askAnyHost(parts, { method: 'DELETE', path, ...terms });
    if (!held.away) return;
    const unload = `/modelhost/models/${model}/unload`;
    await askAnyHost(parts, { method: 'POST', path: unload, body: {}, ...terms });
  } catch (error) {
    parts.logger.error({ err: error, ...held }, 'a refused version could not be taken back');
  }
}

function late(what: string, all: AllHosts): ShoalError {
  const behind = all.lines.filter((line) => line.state !== 'ready').map((line) => line.host);
  return new ShoalError(
    'deadline_exceeded',
    `${what}, but not all modelhosts followed in time: ${behind.join(', ') || 'there is none'}.`,
    { fields: { hosts: all.lines } },
  );
}

function linesNow(registry: HostRegistry, model: string, version: number): HostLine[] {
  const progress = servesVersion(version);
  return serving(registry.hosts()).map((host) => {
    const entry = host.catalog?.models.find((candidate) => candidate.name === model);
    return { host: host.id, version, ms: 0, ...progress(entry) };
  });
}

async function updated(call: CallHost, host: KnownHost, request: HostRequest): Promise<NodeLine> {
  const began = performance.now();
  const code = await call(host.url, request).then(
    (reply) => reply.status,
    (error: unknown) => (asShoalError(error).code === 'deadline_exceeded' ? 504 : 503),
  );
  return { node: host.id, code, ms: Math.round(performance.now() - began) };
}
