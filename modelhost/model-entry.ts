import path from 'node:path';
import type { ShoalError } from '../core/errors';
import type { ModelEntry, Servable, VersionEntry, VersionState } from '../protocol/catalog';
import { brokenEntry } from './broken-entry';
import { batchingOf } from './model-config/check-config';
import { storedAnswer } from './model-config/default-answer';
import { statedConfig } from './model-config/stated';
import { servedSignature } from './model-config/padding';
import { placedField, storedAs, type StoredState } from './placement/placed-entry';
import type { Assignment } from './placement/placed-on';
import type { ModelLife, Successor, VersionLife } from './lifecycle/model-life';
import { contentHash, filesIn } from './repository/content-hash';
import { noState, type ModelState } from './repository/model-state';
import type { RepositoryView } from './repository/repository';
import type { BrokenVersion, ModelSnapshot, StoredVersion } from './repository/snapshot';
import type { VersionMeta } from './repository/version-meta';
import type { RunnerSupervisor } from './runners/runner-supervisor';

export interface EntryOptions {
  readonly view: () => RepositoryView;
  readonly lives: () => ReadonlyMap<string, ModelLife>;
  readonly supervisor: Pick<RunnerSupervisor, 'location'>;
  /** True for a version that is loaded when it is asked for, and while that is under way. */
  readonly onDemand: (model: string, version: number) => boolean;
  readonly neverLoaded: (model: string, version: number) => boolean;
  /** The version of a model that is to be the default, and why it cannot be loaded, if so. */
  readonly successorOf: (model: string) => Successor | undefined;
  /** Where a version is to be; undefined for one that is to be on all hosts, or is not wanted. */
  readonly assignmentOf: (model: string, version: number) => Assignment | undefined;
  /** Rows of a run, and milliseconds of a request, where the configuration says nothing. */
  readonly maxBatchRows: number;
  readonly timeoutMs: number;
}

/** A model as it is told to the cluster, and what its requests are resolved to. */
export interface BuiltModel {
  readonly entry: ModelEntry;
  /** By version number and label, and by '' the default. */
  readonly servables: ReadonlyMap<string, Servable>;
}

/** Builds models; undefined for one that is not there. A servable that stays the same is the same. */
export type BuildModel = (model: string) => BuiltModel | undefined;

export function createModelEntries(options: EntryOptions): BuildModel {
  const known = new Map<string, ReadonlyMap<string, Servable>>();

  return function buildModel(model) {
    const { snapshot, faults } = options.view();
    const stored = snapshot.models.get(model);
    const parts: Parts = {
      stored,
      unloaded: stored?.state.unloaded === true,
      life: options.lives().get(model),
      faults: faults.get(model) ?? [],
    };
    if (isNothing(parts)) {
      known.delete(model);
      return undefined;
    }
    const current = currentServables(parts, known.get(model), options);
    known.set(model, current);
    return { entry: entryOf(model, parts, options), servables: byName(current.values(), parts) };
  };
}

/** What is known of one model, in the repository and on this host. */
interface Parts {
  readonly stored: ModelSnapshot | undefined;
  readonly unloaded: boolean;
  readonly life: ModelLife | undefined;
  readonly faults: readonly BrokenVersion[];
}

function isNothing({ stored, life, faults }: Parts): boolean {
  return stored === undefined && life === undefined && faults.length === 0;
}

/** The servables that requests can be for, by what they were made of; unchanged ones are kept. */
function currentServables(
  parts: Parts,
  known: ReadonlyMap<string, Servable> | undefined,
  options: EntryOptions,
): ReadonlyMap<string, Servable> {
  const { life } = parts;
  const current = new Map<string, Servable>();
  for (const stored of servedIn(parts, options)) {
    const generation = life?.served.generation ?? 0;
    const id = `${stored.version} ${generation} ${stored.key}`;
    const servable = known?.get(id) ?? newServable(stored, generation, options);
    current.set(id, withTraffic(servable, life?.served));
  }
  return current;
}

/** The default version tells who answers for it; the same object for the same state. */
function withTraffic(servable: Servable, state: ModelState | undefined): Servable {
  const traffic = state?.default === servable.version ? state.traffic : null;
  if (traffic === null || servable.traffic === traffic) return servable;
  return { ...servable, traffic };
}

/** Versions that are ready, and before them those that can be asked for. */
function servedIn({ stored, life, unloaded }: Parts, options: EntryOptions): StoredVersion[] {
  const lives = [...(life?.versions.values() ?? [])].filter(({ state }) => state === 'ready');
  const ready = lives.map((one) => one.stored);
  if (unloaded || stored === undefined) return ready;
  return [...stored.versions.filter((one) => isOnDemand(one, options)), ...ready];
}

function isSettled(state: VersionState): boolean {
  return state === 'ready' || state === 'failed';
}

function onDemandIn(
  stored: StoredVersion,
  state: VersionState,
  options: EntryOptions,
): Pick<VersionEntry, 'onDemand' | 'neverLoaded' | 'memoryBytes'> {
  if (isSettled(state) || !isOnDemand(stored, options)) return {};
  const never = options.neverLoaded(stored.model, stored.version);
  const memoryBytes = stored.meta.probe.residentBytes;
  return { onDemand: true, ...(never ? { neverLoaded: true } : {}), memoryBytes };
}

function isOnDemand(stored: StoredVersion, options: EntryOptions): boolean {
  const { model, version } = stored;
  return options.onDemand(model, version) && refusalOf(stored, options) === null;
}

/** Why a version that is to be the default cannot be loaded. */
function refusalOf({ model, version }: StoredVersion, options: EntryOptions): ShoalError | null {
  const successor = options.successorOf(model);
  return successor?.version === version ? successor.error : null;
}

function byName(servables: Iterable<Servable>, { life }: Parts): ReadonlyMap<string, Servable> {
  const named = new Map<string, Servable>();
  for (const servable of servables) named.set(String(servable.version), servable);
  const state = life?.served ?? noState;
  for (const [name, version] of [...Object.entries(state.labels), ['', state.default] as const]) {
    const servable = named.get(String(version));
    if (servable !== undefined) named.set(name, servable);
  }
  return named;
}

function entryOf(name: string, parts: Parts, options: EntryOptions): ModelEntry {
  const state = parts.life?.served ?? noState;
  const standard = parts.stored?.versions.find(({ version }) => version === state.default);
  const described = standard?.config.description ?? '';
  return {
    name,
    generation: state.generation,
    defaultVersion: state.default,
    labels: state.labels,
    description: state.description === '' ? described : state.description,
    ...(parts.unloaded ? { unloaded: true } : {}),
    ...triedIn(state),
    versions: versionEntries(parts, options),
  };
}

function triedIn({
  held,
  traffic,
  canary,
}: ModelState): Pick<ModelEntry, 'held' | 'traffic' | 'canary'> {
  return {
    held: [...new Set(held)],
    ...(traffic === null ? {} : { traffic }),
    ...(canary === null ? {} : { canary }),
  };
}

function versionEntries(parts: Parts, options: EntryOptions): VersionEntry[] {
  const lives = parts.life?.versions ?? new Map<number, VersionLife>();
  const stored = parts.stored?.versions ?? [];
  const broken = [...(parts.stored?.broken ?? []), ...parts.faults];
  const entries = [
    ...broken.map(({ version, reason }) => brokenEntry(version, reason)),
    ...stored.map((one) => versionEntry(one, storedState(one, parts, options), options)),
    ...[...lives.values()].map((life) => versionEntry(life.stored, life, options)),
  ];
  // Of several entries of one version the last counts: what is there over what could be.
  const last = new Map(entries.map((entry) => [entry.version, entry]));
  return [...last.values()].sort((a, b) => a.version - b.version);
}

function storedState(one: StoredVersion, parts: Parts, options: EntryOptions): StoredState {
  const error = refusalOf(one, options);
  if (error !== null) return { state: 'failed', error };
  return storedAs({
    unloaded: parts.unloaded,
    onDemand: isOnDemand(one, options),
    assignment: options.assignmentOf(one.model, one.version),
  });
}

function newServable(
  { model, version, meta, config }: StoredVersion,
  generation: number,
  options: EntryOptions,
): Servable {
  const signature = servedSignature(config, meta.facts.signature);
  const timeoutMs = config.timeoutMs ?? Math.max(options.timeoutMs, config.defaultTimeoutMs ?? 0);
  return {
    model,
    version,
    generation,
    signature,
    batching: batchingOf(config, meta.facts.signature, meta.probe, options.maxBatchRows),
    image: config.image,
    timeoutMs,
    defaultTimeoutMs: config.defaultTimeoutMs ?? timeoutMs,
    defaultAnswer: storedAnswer(config, signature),
    rates: config.rates,
    ...(config.cache === null
      ? {}
      : { cache: { ...config.cache, sha256: contentHash(filesIn(meta)) } }),
    ...labelsIn(meta),
  };
}

function versionEntry(
  stored: StoredVersion,
  life: { readonly state: VersionState; readonly error: { readonly message: string } | null },
  options: EntryOptions,
): VersionEntry {
  const { state } = life;
  const { model, version, meta } = stored;
  const { signature, batching, image, timeoutMs, defaultTimeoutMs, defaultAnswer } = newServable(
    stored,
    0,
    options,
  );
  const location = options.supervisor.location(model, version);
  return {
    version,
    state,
    ...onDemandIn(stored, state, options),
    ...placedField(options.assignmentOf(model, version)),
    reason: life.error?.message ?? '',
    sha256: contentHash(filesIn(meta)),
    bytes: meta.bytes,
    signature,
    batching,
    image,
    timeoutMs,
    ...(defaultTimeoutMs === timeoutMs ? {} : { defaultTimeoutMs }),
    ...(defaultAnswer === null ? {} : { defaultAnswer }),
    ...limitsIn(stored.config),
    ...labelsIn(meta),
    opsets: meta.facts.opsets,
    producer: meta.facts.producer,
    metadata: meta.facts.metadata,
    rowUs: meta.probe.rowUs,
    ...madeUpIn(meta),
    stated: statedConfig(stored.config, path.basename(meta.file)),
    ...ignoredIn(stored.config),
    runner: state === 'ready' && location?.state === 'ready' ? location.runner.id : '',
  };
}

function limitsIn({
  rates,
  cache,
}: StoredVersion['config']): Pick<VersionEntry, 'rates' | 'cache'> {
  return { ...(rates === null ? {} : { rates }), ...(cache === null ? {} : { cache }) };
}

function ignoredIn({ unknownFields }: StoredVersion['config']): Pick<VersionEntry, 'ignored'> {
  return unknownFields.length === 0 ? {} : { ignored: unknownFields };
}

function madeUpIn({ probe: { madeUpBy } }: VersionMeta): Pick<VersionEntry, 'madeUpBy'> {
  return madeUpBy === undefined ? {} : { madeUpBy };
}

function labelsIn({ classLabels }: VersionMeta): Pick<Servable, 'classLabels'> {
  return classLabels === undefined ? {} : { classLabels };
}
