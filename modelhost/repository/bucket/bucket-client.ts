import type { Readable } from 'node:stream';

/** An object as a listing shows it. */
export interface FoundObject {
  /** Below the repository's prefix. */
  readonly key: string;
  /** '' where the server does not say one. */
  readonly etag: string;
  readonly size: number;
  /** Milliseconds since 1970, on the server's clock. */
  readonly changedMs: number;
}

export interface UnfinishedUpload {
  readonly key: string;
  readonly id: string;
  readonly begunMs: number;
}

/**
 * What is asked of a bucket's server; each method is one command, or pages of one. All keys are below
 * the repository's prefix. Throws insufficient_storage where the server refuses, storage_unavailable
 * where it cannot be reached or fails.
 */
export interface BucketClient {
  /** All objects whose keys begin so, in the order of their keys. */
  list(prefix: string): Promise<FoundObject[]>;
  /** Only what comes before the next slash; what lies deeper as one key with a slash at its end. */
  listLevel(prefix: string): Promise<FoundObject[]>;
  /** Undefined where it is not there. */
  read(key: string): Promise<Buffer | undefined>;
  /** The bytes from there on; rejects with `ObjectChanged` where it is another object by now. */
  open(object: FoundObject, from: number): Promise<Readable>;
  /** Resolves with its etag; '' where the server does not say one. */
  put(key: string, body: Buffer): Promise<string>;
  /** False where there is an object of that key. */
  create(key: string, body: Buffer): Promise<boolean>;
  remove(key: string): Promise<void>;
  beginUpload(key: string): Promise<string>;
  /** Parts count from 1; the answer is the part's etag. */
  putPart(key: string, id: string, part: number, body: Buffer): Promise<string>;
  /** Resolves as `put` does. */
  endUpload(key: string, id: string, etags: readonly string[]): Promise<string>;
  abortUpload(key: string, id: string): Promise<void>;
  unfinishedUploads(): Promise<UnfinishedUpload[]>;
}

/** The object has gone, or there is another one of its key. */
export class ObjectChanged extends Error {}
