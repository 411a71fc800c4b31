import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { freePort } from './free-port';
import { eventually } from './processes';

export interface NpmStarted {
  readonly child: ChildProcess;
  readonly url: string;
  readonly environment: Readonly<Record<string, string>>;
  said(): string;
  readonly ended: Promise<number | null>;
}

/**
 * `npm start` as a user has it: npm, shell and supervisor in one process group, as in a terminal.
 * Everything it writes goes into the folder.
 */
export async function npmStart(
  folder: string,
  more: Readonly<Record<string, string>> = {},
): Promise<NpmStarted> {
  const port = await freePort();
  const environment = {
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '',
    TMPDIR: folder,
    PORT: String(port),
    GRPC_PORT: '0',
    METRICS_PORT: String(await freePort()),
    MODEL_REPOSITORY: path.join(folder, 'models'),
    CONTROL_SOCKET: path.join(folder, 'control.sock'),
    ...more,
  };
  const child = spawn('npm', ['start'], { env: environment, detached: true, stdio: 'pipe' });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, url: `http://127.0.0.1:${port}`, environment, said: () => said, ended };
}

/** Resolves when it has told its user what to try. */
export async function npmReady(cluster: NpmStarted, ms = 60_000): Promise<void> {
  const shown = eventually(
    'the line to try',
    () => (/^Ctrl-C stops it/m.test(cluster.said()) ? true : undefined),
    ms,
  );
  const early = cluster.ended.then(() => Promise.reject(new Error(`ended:\n${cluster.said()}`)));
  await Promise.race([shown, early]);
}

/** Kills what is left of it. */
export async function npmEnd(cluster: NpmStarted): Promise<void> {
  const group = cluster.child.exitCode === null ? cluster.child.pid : undefined;
  if (group !== undefined) process.kill(-group, 'SIGKILL');
  await cluster.ended;
}
