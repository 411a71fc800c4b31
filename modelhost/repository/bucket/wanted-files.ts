import path from 'node:path';
import type { StoredVersion } from '../snapshot';
import { fileMissing, otherBytes, unlikePublished } from '../unlike-published';
import type { FoundObject } from './bucket-client';
import type { WantedFile } from './model-cache';

type Fetch = (object: FoundObject, target: string) => Promise<string>;

/**
 * What has to be on the disk for a version to be loaded, or downloaded with its configuration. Throws storage_unavailable where its model
 * file is not there; the fetch of a file does so where it has other bytes than were published.
 */
export function wantedFiles(
  { model, version, meta }: Pick<StoredVersion, 'model' | 'version' | 'meta'>,
  found: readonly { readonly name: string; readonly object: FoundObject }[],
  fetch: Fetch,
): WantedFile[] {
  const known = new Map((meta.companions ?? []).map(({ file, sha256 }) => [file, sha256]));
  known.set(path.basename(meta.file), meta.sha256);
  const files = found.filter(({ name }) => name !== 'meta.json');
  if (!files.some(({ name }) => name === path.basename(meta.file))) {
    throw unlikePublished(model, version, fileMissing(path.basename(meta.file)));
  }
  return files.map(({ name, object }) => {
    const sha256 = known.get(name) ?? '';
    return {
      name,
      bytes: object.size,
      sha256,
      async fetch(target) {
        const found = await fetch(object, target);
        if (sha256 === '' || found === sha256) return found;
        throw unlikePublished(model, version, otherBytes(name, found, sha256));
      },
    };
  });
}
