import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { TestCluster } from './cluster';
import { missingCommand } from './describe-where';
import { startCommand, type StartedProcess } from './processes';

/** Namespaces in which everybody may mount, for as long as the process lives. */
const apart = ['unshare', '--user', '--map-root-user', '--mount'] as const;

/** What is missing for a `MountedHost`, in a sentence. */
export function missingMounts(): string | undefined {
  const absent = missingCommand('unshare', 'nsenter', 'mount');
  if (absent !== undefined) return absent;
  const { status } = spawnSync(apart[0], [...apart.slice(1), 'true']);
  return status === 0 ? undefined : 'this machine lets nobody mount in a namespace of his own';
}

/** A modelhost whose repository is a small disk of its own, which can be filled, locked and lost. */
export class MountedHost {
  readonly process: StartedProcess;
  /** The repository, and in the tests' own view what lies below the disk. */
  readonly repository: string;
  readonly #elsewhere: string;

  constructor(cluster: TestCluster, id: string) {
    this.repository = path.join(cluster.folder, `${id}-disk`);
    this.#elsewhere = path.join(cluster.folder, `${id}-elsewhere`);
    mkdirSync(this.repository);
    mkdirSync(this.#elsewhere);
    const mount = `mount -t tmpfs -o size=2m disk '${this.repository}' && exec "$@"`;
    const host = [process.execPath, path.resolve('dist/modelhost/main.js')];
    this.process = startCommand(id, [...apart, 'sh', '-c', mount, 'sh', ...host], {
      TMPDIR: cluster.folder,
      HOST_ID: id,
      INFERRER_URL: cluster.urls.join(),
      MODEL_REPOSITORY: this.repository,
      EXAMPLE_MODELS: '',
      REPOSITORY_POLL_MS: '100',
      CORES: '1',
    });
  }

  fill(): void {
    this.#inside(`dd if=/dev/zero of='${this.#filler}' bs=512 2>&1 | grep 'No space left'`);
  }

  makeRoom(): void {
    this.#inside(`rm '${this.#filler}'`);
  }

  lock(how: 'ro' | 'rw'): void {
    this.#inside(`mount -o remount,${how} '${this.repository}'`);
  }

  /** Its mount is no longer there: what is seen in its place is the directory below. */
  lose(): void {
    this.#inside(`mount --move '${this.repository}' '${this.#elsewhere}'`);
  }

  bringBack(): void {
    this.#inside(`mount --move '${this.#elsewhere}' '${this.repository}'`);
  }

  /** What lies in the directory below the disk. */
  below(): string[] {
    return readdirSync(this.repository);
  }

  /** What lies on the disk, with what is below its directories. */
  files(): string[] {
    return this.#inside(`cd '${this.repository}' && find . -type f | sort`).split('\n');
  }

  get #filler(): string {
    return path.join(this.repository, '.filler');
  }

  #inside(command: string): string {
    const target = ['--target', String(this.process.pid), '--user', '--mount'];
    const words = [...target, '--preserve-credentials', 'sh', '-c', command];
    const { status, stdout, stderr } = spawnSync('nsenter', words, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${command}: ${stdout}${stderr}`);
    return stdout.trim();
  }
}
