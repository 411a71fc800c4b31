import { createHash } from 'node:crypto';
import path from 'node:path';
import type { VersionMeta } from './version-meta';

/** A file of a version: its path in the version's directory, with slashes, and its bytes. */
export interface StoredFile {
  readonly name: string;
  /** Lower-case hex digest. */
  readonly sha256: string;
  readonly bytes: number;
}

/** The model, and what lies beside it; an earlier build may not have written of that. */
export function filesIn(
  meta: Pick<VersionMeta, 'file' | 'sha256' | 'bytes' | 'companions'>,
): StoredFile[] {
  const { file, sha256, bytes, companions = [] } = meta;
  const beside = companions.map((each) => ({ ...each, name: each.file }));
  return [{ name: path.basename(file), sha256, bytes }, ...beside];
}

/**
 * Equal for versions of the same files. Of one file it is the file's own hash, of several that of
 * what `sha256sum` prints of them, in the order of their names.
 */
export function contentHash(files: readonly StoredFile[]): string {
  const [first] = files;
  if (first !== undefined && files.length === 1) return first.sha256;
  const byName = [...files].sort((a, b) =>
    Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)),
  );
  const lines = byName.map(({ name, sha256 }) => `${sha256}  ${name}\n`);
  return createHash('sha256').update(lines.join('')).digest('hex');
}

export function totalBytes(files: readonly StoredFile[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** The model is the first of a version's files. */
export function nameOfModel([model]: readonly StoredFile[]): string {
  if (model === undefined) throw new Error('a version has at least one file');
  return model.name;
}
