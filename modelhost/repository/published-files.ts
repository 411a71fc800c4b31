import path from 'node:path';
import { filesIn } from './content-hash';
import { ifThere, type FileSystem } from './file-system';
import { sha256Of } from './sha256-of';
import type { StoredVersion } from './snapshot';
import { fileMissing, otherBytes, unlikePublished } from './unlike-published';

/** So many files are remembered; of further ones the first are hashed again. */
const mostKnown = 10_000;

/** Tells whether files on the disk are what was published. A file that stays as it is is hashed once. */
export class PublishedFiles {
  readonly #fs: Pick<FileSystem, 'stat'>;
  /** Hashes by files' identities, the first known first. */
  readonly #known = new Map<string, string>();

  constructor(fs: Pick<FileSystem, 'stat'>) {
    this.#fs = fs;
  }

  /** Rejects with storage_unavailable where one of the version's files is missing or another one. */
  async check({ model, version, path: file, meta }: StoredVersion): Promise<void> {
    for (const { name, sha256 } of filesIn(meta)) {
      const found = await this.#sha256Of(path.join(path.dirname(file), name));
      if (found === sha256) continue;
      const fault = found === undefined ? fileMissing(name) : otherBytes(name, found, sha256);
      throw unlikePublished(model, version, fault);
    }
  }

  async #sha256Of(file: string): Promise<string | undefined> {
    const identity = await this.#identity(file);
    if (identity === undefined) return undefined;
    const known = this.#known.get(identity);
    if (known !== undefined) return known;
    const sha256 = await ifThere(sha256Of(file));
    // What was written to meanwhile is hashed again the next time.
    if (sha256 !== undefined && (await this.#identity(file)) === identity) {
      this.#remember(identity, sha256);
    }
    return sha256;
  }

  #remember(identity: string, sha256: string): void {
    this.#known.set(identity, sha256);
    const [first] = this.#known.keys();
    if (first !== undefined && this.#known.size > mostKnown) this.#known.delete(first);
  }

  /** Another one for a file that was written to or exchanged, whatever time it was given after that. */
  async #identity(file: string): Promise<string | undefined> {
    const stat = await ifThere(this.#fs.stat(file, { bigint: true }));
    if (stat?.isFile() !== true) return undefined;
    const { dev, ino, size, mtimeNs, ctimeNs } = stat;
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  }
}
