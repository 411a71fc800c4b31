import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** One program of ours that a test has started. */
export interface StartedProcess {
  readonly name: string;
  readonly pid: number;
  /** What it has written so far. */
  log(): string;
  /** Sends the signal and resolves with the exit code, or -1 where a signal ended it. */
  end(signal: NodeJS.Signals): Promise<number>;
  /** Resolves with the exit code when it ends. */
  readonly ended: Promise<number>;
}

/** Starts dist/<file>, or an absolute one, with no environment but this and what Node needs. */
export function startProcess(
  name: string,
  file: string,
  environment: Readonly<Record<string, string>>,
  ...words: readonly string[]
): StartedProcess {
  return startCommand(name, [process.execPath, path.resolve('dist', file), ...words], environment);
}

/** The same with the whole command. */
export function startCommand(
  name: string,
  [program, ...words]: readonly [string, ...string[]],
  environment: Readonly<Record<string, string>>,
): StartedProcess {
  const child: ChildProcess = spawn(program, words, {
    env: { PATH: process.env['PATH'] ?? '', LOG_FORMAT: 'json', GRPC_PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8');
    stream?.on('data', (text: string) => (log += text));
  }
  const ended = new Promise<number>((resolve) => {
    child.once('close', (code) => {
      resolve(code ?? -1);
    });
  });
  return {
    name,
    pid: child.pid ?? 0,
    log: () => log,
    ended,
    end(signal) {
      child.kill(signal);
      return ended;
    },
  };
}

/**
 * The pause before `eventually` looks again, in milliseconds: a tenth of what it has waited. Looks are
 * requests, often several; at a fixed pace they take the time from what they wait for.
 */
function pauseMs(waitedMs: number): number {
  return Math.min(100, Math.max(10, waitedMs / 10));
}

/** How long, where its caller does not say: longer than a start takes where many others want the machine. */
const waitMs = 90_000;

/**
 * Resolves with the first answer that is not undefined. Fails after `ms`, also where a look hangs,
 * and says what for and what the last look threw.
 */
export async function eventually<Value>(
  what: string,
  look: () => Promise<Value | undefined> | Value | undefined,
  ms = waitMs,
): Promise<Value> {
  const began = performance.now();
  const over = new AbortController();
  const timer = setTimeout(() => {
    over.abort();
  }, ms);
  const end = once(over.signal, 'abort').then(() => undefined);
  let thrown: unknown;
  const tried = async (): Promise<Value | undefined> => {
    try {
      const value = await look();
      thrown = undefined;
      return value;
    } catch (error) {
      thrown = error;
      return undefined;
    }
  };
  try {
    while (!over.signal.aborted) {
      const value = await Promise.race([tried(), end]);
      if (value !== undefined) return value;
      await pause(pauseMs(performance.now() - began));
    }
    throw new Error(`waited ${ms} ms for: ${what}`, { cause: thrown });
  } finally {
    clearTimeout(timer);
  }
}
