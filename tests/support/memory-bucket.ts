import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type {
  BucketClient,
  FoundObject,
  UnfinishedUpload,
} from '../../modelhost/repository/bucket/bucket-client';

/** A bucket without a server. */
export class MemoryBucket implements BucketClient {
  readonly objects = new Map<string, Buffer>();
  readonly changed = new Map<string, number>();
  uploads: UnfinishedUpload[] = [];
  readonly #parts = new Map<string, Buffer[]>();
  /** Of how many parts objects are, by their keys; not of those that came at once. */
  readonly #inParts = new Map<string, number>();

  async list(prefix: string): Promise<FoundObject[]> {
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort();
    return Promise.resolve(keys.map((key) => this.#found(key)));
  }

  listLevel(prefix: string): Promise<FoundObject[]> {
    return this.list(prefix);
  }

  #found(key: string): FoundObject {
    const body = this.objects.get(key)!;
    const changedMs = this.changed.get(key) ?? 0;
    return { key, etag: etagOf(body, this.#inParts.get(key)), size: body.length, changedMs };
  }

  read(key: string): Promise<Buffer | undefined> {
    return Promise.resolve(this.objects.get(key));
  }

  open({ key }: FoundObject, from: number): Promise<Readable> {
    return Promise.resolve(Readable.from([this.objects.get(key)!.subarray(from)]));
  }

  put(key: string, body: Buffer): Promise<string> {
    this.#inParts.delete(key);
    this.objects.set(key, body);
    return Promise.resolve(etagOf(body));
  }

  create(key: string, body: Buffer): Promise<boolean> {
    if (this.objects.has(key)) return Promise.resolve(false);
    this.objects.set(key, body);
    return Promise.resolve(true);
  }

  remove(key: string): Promise<void> {
    this.objects.delete(key);
    return Promise.resolve();
  }

  beginUpload(key: string): Promise<string> {
    const id = String(this.uploads.length);
    this.uploads.push({ key, id, begunMs: Date.now() });
    this.#parts.set(id, []);
    return Promise.resolve(id);
  }

  putPart(_key: string, id: string, _part: number, body: Buffer): Promise<string> {
    this.#parts.get(id)!.push(body);
    return Promise.resolve(etagOf(body));
  }

  async endUpload(key: string, id: string): Promise<string> {
    await this.abortUpload(key, id);
    const parts = this.#parts.get(id)!;
    await this.put(key, Buffer.concat(parts));
    this.#inParts.set(key, parts.length);
    return this.#found(key).etag;
  }

  abortUpload(_key: string, id: string): Promise<void> {
    this.uploads = this.uploads.filter((upload) => upload.id !== id);
    return Promise.resolve();
  }

  unfinishedUploads(): Promise<UnfinishedUpload[]> {
    return Promise.resolve(this.uploads);
  }
}

const etagOf = (body: Buffer, parts?: number): string => {
  const end = parts === undefined ? '' : `-${parts}`;
  return `"${createHash('md5').update(body).digest('hex')}${end}"`;
};
