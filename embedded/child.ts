import { spawn, type ChildProcess } from 'node:child_process';
import type { Logger } from '../core/logging';
import type { Program } from './programs';
import { restartAfter } from './restart';

/** How a process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program that is kept running until it is told to stop. */
export interface Child {
  readonly name: string;
  /** Of the process that runs now; 0 between a death and the restart. */
  pid(): number;
  /**
   * SIGTERM, then SIGKILL after `graceMs`. True if it ended by itself with code 0, or did not
   * run at all.
   */
  stop(graceMs: number): Promise<boolean>;
}

export interface ChildOptions {
  readonly program: Program;
  readonly logger: Logger;
  /** Called when it ends without having been told to. */
  readonly onDeath: (name: string, ending: Ending) => void;
}

/**
 * Starts the program and starts it again, after a pause that grows, whenever it dies. It has the
 * terminal's output but a process group of its own, so that Ctrl-C reaches us alone, and an IPC
 * channel whose end tells it that we are gone.
 */
export function createChild({ program, logger, onDeath }: ChildOptions): Child {
  let current: ChildProcess | undefined;
  let timer: NodeJS.Timeout | undefined;
  let deaths = 0;
  let stopping = false;

  const start = (): void => {
    const startedAt = Date.now();
    const child = run(program);
    current = child;
    let failure: Error | undefined;
    child.once('error', (error) => (failure = error));
    child.once('close', (code, signal) => {
      current = undefined;
      if (stopping) return;
      const restart = restartAfter(deaths, Date.now() - startedAt);
      deaths = restart.deaths;
      const what = { process: program.name, code, signal, restartInMs: restart.delayMs };
      logger.error({ ...what, err: failure }, 'a process ended unexpectedly; it is started again');
      timer = setTimeout(start, restart.delayMs);
      onDeath(program.name, { code, signal });
    });
  };
  start();

  return {
    name: program.name,
    pid: () => current?.pid ?? 0,
    stop: async (graceMs) => {
      stopping = true;
      clearTimeout(timer);
      return current === undefined ? true : await end(current, graceMs);
    },
  };
}

function run(program: Program): ChildProcess {
  return spawn(process.execPath, ['--enable-source-maps', program.file], {
    env: { ...program.environment },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    detached: true,
  });
}

async function end(child: ChildProcess, graceMs: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const late = setTimeout(() => child.kill('SIGKILL'), graceMs);
    child.once('close', (code) => {
      clearTimeout(late);
      resolve(code === 0);
    });
    child.kill('SIGTERM');
  });
}
