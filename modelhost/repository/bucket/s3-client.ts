import { createRequire } from 'node:module';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type * as Sdk from '@aws-sdk/client-s3';
import { ShoalError } from '../../../core/errors';
import type { BucketAddress } from './bucket-address';
import { ObjectChanged } from './bucket-client';
import type { BucketClient, FoundObject, UnfinishedUpload } from './bucket-client';
import type { BucketObserver, BucketOperation } from './bucket-observer';
import { bucketFault, commandFault, isMissing, isUnmet } from './bucket-fault';
import { inPieces } from './in-pieces';
import { Patience } from './patience';
import { s3Configuration, type S3Settings } from './s3-configuration';

interface Within {
  readonly abortSignal: AbortSignal;
  /** Whoever sends much says that it goes on. */
  readonly moved: () => void;
}

const firstPauseMs = 50;

/** So many objects are a repository and not a bucket that is used for something else as well. */
const mostPages = 100;

/** What of an observer is told by a client. */
type Told = Pick<BucketObserver, 'asked' | 'again'>;

export function createS3Client(
  settings: S3Settings,
  address: BucketAddress,
  observer?: Told,
): BucketClient {
  return new S3BucketClient(settings, address, observer);
}

class S3BucketClient implements BucketClient {
  readonly #sdk: typeof Sdk;
  readonly #client: Sdk.S3Client;
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #attempts: number;
  readonly #silentMs: number;
  readonly #observer: Told | undefined;

  constructor(settings: S3Settings, { bucket, prefix }: BucketAddress, observer?: Told) {
    // Only hosts with a bucket pay for it, in time and in memory.
    this.#sdk = createRequire(__filename)('@aws-sdk/client-s3') as typeof Sdk;
    this.#client = new this.#sdk.S3Client(s3Configuration(settings));
    this.#bucket = bucket;
    this.#prefix = prefix;
    this.#attempts = settings.S3_ATTEMPTS;
    this.#silentMs = settings.S3_TIMEOUT_MS;
    this.#observer = observer;
  }

  list(prefix: string): Promise<FoundObject[]> {
    return this.#pages({ Prefix: this.#prefix + prefix });
  }

  listLevel(prefix: string): Promise<FoundObject[]> {
    return this.#pages({ Prefix: this.#prefix + prefix, Delimiter: '/' });
  }

  async #pages(asked: {
    readonly Prefix: string;
    readonly Delimiter?: '/';
  }): Promise<FoundObject[]> {
    const found: FoundObject[] = [];
    let next: string | undefined;
    for (let page = 0; page < mostPages; page++) {
      const answer = await this.#told('list', (within) =>
        this.#client.send(
          new this.#sdk.ListObjectsV2Command({
            ...this.#at(asked.Prefix),
            ...asked,
            ContinuationToken: next,
          }),
          within,
        ),
      );
      for (const each of answer.Contents ?? []) found.push(this.#found(each));
      for (const { Prefix = '' } of answer.CommonPrefixes ?? [])
        found.push(this.#found({ Key: Prefix }));
      next = answer.NextContinuationToken;
      if (answer.IsTruncated !== true || next === undefined) return found;
    }
    throw new ShoalError(
      'insufficient_storage',
      `There are more than ${mostPages * 1000} objects in the bucket '${this.#bucket}' where the ` +
        'model repository is: give it a prefix of its own (MODEL_REPOSITORY).',
    );
  }

  #found({ Key = '', ETag = '', Size = 0, LastModified }: Sdk._Object): FoundObject {
    const key = Key.slice(this.#prefix.length);
    return { key, etag: ETag, size: Size, changedMs: LastModified?.getTime() ?? 0 };
  }

  async read(key: string): Promise<Buffer | undefined> {
    return this.#told('read', async (within) => {
      try {
        const answer = await this.#client.send(
          new this.#sdk.GetObjectCommand(this.#at(this.#prefix + key)),
          within,
        );
        return Buffer.from((await answer.Body?.transformToByteArray()) ?? []);
      } catch (error) {
        if (isMissing(commandFault(error))) return undefined;
        throw error;
      }
    });
  }

  async open({ key, etag }: FoundObject, from: number): Promise<Readable> {
    if (from > 0) this.#observer?.again('download');
    return this.#told('download', async () => {
      try {
        const answer = await this.#client.send(
          new this.#sdk.GetObjectCommand({
            ...this.#at(this.#prefix + key),
            ...(etag === '' ? {} : { IfMatch: etag }),
            ...(from === 0 ? {} : { Range: `bytes=${from}-` }),
          }),
        );
        return answer.Body as Readable;
      } catch (error) {
        const fault = commandFault(error);
        if (isMissing(fault) || isUnmet(fault) || fault.status === 416)
          throw new ObjectChanged(key);
        throw error;
      }
    });
  }

  async put(key: string, body: Buffer): Promise<string> {
    const { ETag = '' } = await this.#told('write', ({ abortSignal, moved }) =>
      this.#client.send(inPieces(this.#putCommand(key, body), moved), {
        abortSignal,
        requestTimeout: 0,
      }),
    );
    return ETag;
  }

  create(key: string, body: Buffer): Promise<boolean> {
    return this.#told('write', async (within) => {
      try {
        await this.#client.send(this.#putCommand(key, body, '*'), within);
        return true;
      } catch (error) {
        if (!isUnmet(commandFault(error))) throw error;
        // It may be this very one: the answer to it was lost, and it was sent again.
        return (await this.read(key))?.equals(body) === true;
      }
    });
  }

  #putCommand(key: string, body: Buffer, ifNoneMatch?: string): Sdk.PutObjectCommand {
    return new this.#sdk.PutObjectCommand({
      ...this.#at(this.#prefix + key),
      Body: body,
      IfNoneMatch: ifNoneMatch,
    });
  }

  async remove(key: string): Promise<void> {
    await this.#told('remove', (within) =>
      this.#client.send(new this.#sdk.DeleteObjectCommand(this.#at(this.#prefix + key)), within),
    );
  }

  async beginUpload(key: string): Promise<string> {
    const { UploadId = '' } = await this.#told('write', (within) =>
      this.#client.send(
        new this.#sdk.CreateMultipartUploadCommand(this.#at(this.#prefix + key)),
        within,
      ),
    );
    return UploadId;
  }

  async putPart(key: string, id: string, part: number, body: Buffer): Promise<string> {
    const asked = { ...this.#upload(key, id), PartNumber: part, Body: body };
    const { ETag = '' } = await this.#told('write', ({ abortSignal, moved }) =>
      this.#client.send(inPieces(new this.#sdk.UploadPartCommand(asked), moved), {
        abortSignal,
        requestTimeout: 0,
      }),
    );
    return ETag;
  }

  async endUpload(key: string, id: string, etags: readonly string[]): Promise<string> {
    const Parts = etags.map((ETag, index) => ({ ETag, PartNumber: index + 1 }));
    const { ETag = '' } = await this.#told('write', (within) =>
      this.#client.send(
        new this.#sdk.CompleteMultipartUploadCommand({
          ...this.#upload(key, id),
          MultipartUpload: { Parts },
        }),
        within,
      ),
    );
    return ETag;
  }

  async abortUpload(key: string, id: string): Promise<void> {
    await this.#told('remove', (within) =>
      this.#client.send(new this.#sdk.AbortMultipartUploadCommand(this.#upload(key, id)), within),
    );
  }

  async unfinishedUploads(): Promise<UnfinishedUpload[]> {
    const found: UnfinishedUpload[] = [];
    let asked: Sdk.ListMultipartUploadsCommandInput = {
      Bucket: this.#bucket,
      Prefix: this.#prefix,
    };
    for (let page = 0; page < mostPages; page++) {
      const answer = await this.#told('list', (within) =>
        this.#client.send(new this.#sdk.ListMultipartUploadsCommand(asked), within),
      );
      for (const { Key = '', UploadId = '', Initiated } of answer.Uploads ?? []) {
        const begunMs = Initiated?.getTime() ?? Date.now();
        found.push({ key: Key.slice(this.#prefix.length), id: UploadId, begunMs });
      }
      const { IsTruncated, NextKeyMarker, NextUploadIdMarker } = answer;
      if (IsTruncated !== true || NextKeyMarker === undefined) break;
      asked = { ...asked, KeyMarker: NextKeyMarker, UploadIdMarker: NextUploadIdMarker };
    }
    return found;
  }

  #at(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#bucket, Key: key };
  }

  #upload(key: string, id: string): { Bucket: string; Key: string; UploadId: string } {
    return { ...this.#at(this.#prefix + key), UploadId: id };
  }

  /** Asks again where the server does not answer or fails, with growing pauses. */
  async #told<Result>(
    operation: BucketOperation,
    work: (within: Within) => Promise<Result>,
  ): Promise<Result> {
    for (let attempt = 1; ; attempt++) {
      const patience = new Patience(2 * this.#silentMs);
      try {
        const result = await work({
          abortSignal: patience.signal,
          moved: () => {
            patience.moved();
          },
        });
        this.#observer?.asked(operation, 'ok');
        return result;
      } catch (error) {
        await this.#failed(operation, attempt, error);
      } finally {
        patience.end();
      }
    }
  }

  /** Resolves when it may be tried again; throws where it is not. */
  async #failed(operation: BucketOperation, attempt: number, error: unknown): Promise<void> {
    if (error instanceof ObjectChanged) {
      this.#observer?.asked(operation, 'ok');
      throw error;
    }
    const fault = bucketFault(error, this.#bucket);
    const passing = fault.code === 'storage_unavailable';
    this.#observer?.asked(operation, passing ? 'failed' : 'refused');
    if (!passing || attempt >= this.#attempts) throw fault;
    this.#observer?.again(operation);
    await pause(firstPauseMs * 2 ** (attempt - 1));
  }
}
