import { configDigest, type ConfigSource } from '../model-config/config-files';
import { emptyConfig, type ModelConfig } from '../model-config/model-config';
import { contentHash, filesIn } from './content-hash';
import type { ModelState } from './model-state';
import type { VersionMeta } from './version-meta';

/** A published version: it never changes. The object stays the same from scan to scan. */
export interface StoredVersion {
  readonly model: string;
  readonly version: number;
  /** Absolute path of the model file; it lies there once it has been fetched. */
  readonly path: string;
  readonly meta: VersionMeta;
  readonly config: ModelConfig;
  /** Unlike that of another version that had this number, should somebody have exchanged it. */
  readonly key: string;
}

/** A version that lies there and cannot be served. */
export interface BrokenVersion {
  readonly version: number;
  readonly reason: string;
}

/** What lies in the repository of one model. Version numbers are in rising order. */
export interface ModelSnapshot {
  readonly name: string;
  readonly state: ModelState;
  readonly versions: readonly StoredVersion[];
  readonly broken: readonly BrokenVersion[];
  /** Directories without meta.json: put there by hand, or still being copied. */
  readonly unadopted: readonly number[];
  /** Directories of deleted versions, whose files shall go. */
  readonly leftovers: readonly number[];
}

/** One look at the whole repository. */
export interface Snapshot {
  readonly models: ReadonlyMap<string, ModelSnapshot>;
  /** `<name>.onnx` or `<name>.ort` in the root, by the model's name. */
  readonly bare: ReadonlyMap<string, BareFile>;
}

export interface BareFile {
  readonly file: string;
  readonly size: number;
  readonly mtimeMs: number;
  /** What a bucket calls the content. */
  readonly etag?: string | undefined;
}

export const emptySnapshot: Snapshot = { models: new Map(), bare: new Map() };

/** Equal as long as nothing that matters for serving has changed. */
export function fingerprint(snapshot: Snapshot): string {
  return [...snapshot.models.values()].map(modelFingerprint).join('\n');
}

function modelFingerprint(model: ModelSnapshot): string {
  return JSON.stringify([
    model.name,
    model.state.generation,
    model.state.id,
    model.versions.map((version) => version.key),
    model.broken,
    model.leftovers,
  ]);
}

/** The newest version with the same bytes, labels, and a configuration that means the same. */
export function findSame(
  versions: readonly StoredVersion[],
  sha256: string,
  config: ConfigSource | undefined,
): StoredVersion | undefined {
  const digest = configDigest(config?.config ?? emptyConfig);
  const labels = JSON.stringify(config?.classLabels ?? {});
  return versions.findLast(
    ({ meta }) =>
      contentHash(filesIn(meta)) === sha256 &&
      meta.configDigest === digest &&
      JSON.stringify(meta.classLabels ?? {}) === labels,
  );
}
