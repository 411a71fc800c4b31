import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { createS3Client } from '../../../modelhost/repository/bucket/s3-client';
import type { S3Settings } from '../../../modelhost/repository/bucket/s3-configuration';
import type { BucketClient } from '../../../modelhost/repository/bucket/bucket-client';
import { freePort } from '../../support/free-port';
import { eventually } from '../../support/processes';
import { goProgramOf } from '../install/go-tool';
import { isInstalled } from '../install/tool';
import { versitygw } from '../install/tools';

/** What is missing where the server is not installed. */
export const missingServer = isInstalled(versitygw) ? undefined : 'versitygw is not installed';

const bucket = 'shoal-models';
const accessKeyId = 'shoal-key';
const secretAccessKey = 'shoal-secret-of-this-test';

/** A real S3-compatible server on loopback, with a bucket. */
export class S3Server {
  readonly port: number;
  readonly #folder: string;
  #child: ChildProcess | undefined;
  #repositories = 0;

  private constructor(port: number, folder: string) {
    this.port = port;
    this.#folder = folder;
  }

  static async start(): Promise<S3Server> {
    const folder = await mkdtemp(path.join(tmpdir(), 'shoal-s3-'));
    const server = new S3Server(await freePort(), folder);
    for (const name of ['root', 'meta']) await mkdir(path.join(folder, name));
    await server.#run(secretAccessKey);
    await server.sdk().send(new CreateBucketCommand({ Bucket: bucket }));
    return server;
  }

  async #run(secret: string): Promise<void> {
    const words = ['--port', `127.0.0.1:${this.port}`, 'posix'];
    const places = ['--sidecar', path.join(this.#folder, 'meta'), path.join(this.#folder, 'root')];
    this.#child = spawn(goProgramOf(versitygw), [...words, ...places], {
      env: { ROOT_ACCESS_KEY: accessKeyId, ROOT_SECRET_KEY: secret },
      stdio: 'ignore',
    });
    await eventually('the S3 server listens', () => listens(this.port));
  }

  async #end(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  }

  /** Everybody's key is refused, until it is given back. */
  async revokeKey(): Promise<() => Promise<void>> {
    const runWith = async (secret: string): Promise<void> => {
      await this.#end();
      await this.#run(secret);
    };
    await runWith('another-secret-of-this-test');
    return () => runWith(secretAccessKey);
  }

  get bucket(): string {
    return bucket;
  }

  sdk(): S3Client {
    return new S3Client({
      endpoint: `http://127.0.0.1:${this.port}`,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId, secretAccessKey },
    });
  }

  /** A place for a repository that nobody has used before. */
  freshPrefix(): string {
    return `test-${++this.#repositories}/`;
  }

  settings(port = this.port): S3Settings {
    return {
      S3_ENDPOINT: `http://127.0.0.1:${port}`,
      S3_REGION: '',
      S3_ACCESS_KEY_ID: accessKeyId,
      S3_SECRET_ACCESS_KEY: secretAccessKey,
      S3_PATH_STYLE: 'auto',
      S3_TIMEOUT_MS: 1000,
      S3_ATTEMPTS: 2,
    };
  }

  client(prefix: string, port = this.port): BucketClient {
    return createS3Client(this.settings(port), { bucket, prefix });
  }

  /** The bucket is gone for everybody at once, with all that is in it, until it is brought back. */
  async hideBucket(): Promise<() => Promise<void>> {
    const [there, hidden] = [
      path.join(this.#folder, 'root', bucket),
      path.join(this.#folder, 'gone'),
    ];
    await rename(there, hidden);
    return () => rename(hidden, there);
  }

  async stop(): Promise<void> {
    await this.#end();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function listens(port: number): Promise<true | undefined> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
}
