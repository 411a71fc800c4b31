import { spawn } from 'node:child_process';
import { get as getPlain } from 'node:http';
import { get as getSecure } from 'node:https';
import { chmodSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** Longest wait for the first answer. */
const startMs = 30_000;

/** What the edge and the balancer of nginx/ are told; see nginx/run.sh. */
export interface NginxOptions {
  readonly role: 'edge' | 'balancer';
  readonly port: number;
  /** host:port of the inferrer, several with commas. */
  readonly inferrer: string;
  /** Edge: where it takes gRPC, and host:port of the inferrers for that; without it, it does not. */
  readonly grpc?: { readonly port: number; readonly inferrer: string };
  readonly environment?: Readonly<Record<string, string>>;
}

/** A running edge or balancer, without root and on loopback. */
export interface RunningNginx {
  readonly url: string;
  /** What it has logged so far. */
  log(): string;
  stop(): Promise<void>;
}

/** Runs nginx/run.sh as the container does; resolves when it answers. Leaves nothing where it fails. */
export async function startNginx(options: NginxOptions): Promise<RunningNginx> {
  const folder = mkdtempSync(path.join(tmpdir(), 'shoal-nginx-'));
  // Run by root, its workers are somebody else.
  chmodSync(folder, 0o711);
  const logFile = path.join(folder, 'log');
  const output = openSync(logFile, 'a');
  const scheme = options.environment?.['TLS_CERT'] === undefined ? 'http' : 'https';
  const url = `${scheme}://127.0.0.1:${options.port}`;
  const { grpc } = options;
  const child = spawn('sh', [path.resolve('nginx/run.sh'), options.role], {
    env: {
      PATH: `${process.env['PATH'] ?? ''}:/usr/sbin`,
      LISTEN: `127.0.0.1:${options.port}`,
      INFERRER: options.inferrer,
      INFERRER_GRPC: grpc?.inferrer ?? '',
      LISTEN_GRPC: grpc === undefined ? 'off' : `127.0.0.1:${grpc.port}`,
      RUN_DIR: path.join(folder, 'run'),
      POLL_SECONDS: '0.1',
      WORKERS: '2',
      ...options.environment,
    },
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  const ended = new Promise<void>((resolve) =>
    child.once('close', () => {
      resolve();
    }),
  );
  const log = (): string => readFileSync(logFile, 'utf8');
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true });
  };
  const deadline = performance.now() + startMs;
  while (!(await answers(`${url}/.nginx/live`, deadline))) {
    if (child.exitCode !== null || performance.now() > deadline) {
      const logged = log();
      await stop();
      throw new Error(`nginx did not start:\n${logged}`);
    }
    await pause(20);
  }
  return { url, log, stop };
}

/** Whether it answers at all: over TLS it may want a certificate first. */
function answers(url: string, deadline: number): Promise<boolean> {
  const leftMs = Math.max(0, Math.ceil(deadline - performance.now()));
  const signal = AbortSignal.timeout(leftMs);
  const get = url.startsWith('https') ? getSecure : getPlain;
  return new Promise((resolve) => {
    get(url, { signal, agent: false, rejectUnauthorized: false }, (answer) => {
      answer.resume();
      resolve(url.startsWith('https') || answer.statusCode === 200);
    }).on('error', () => {
      resolve(false);
    });
  });
}
