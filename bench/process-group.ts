import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { clusterProcesses, killLeft, numbered, type NamedProcess } from './cluster-process';

/** One program to start. */
export interface GroupProgram {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** One name for it and all that it starts; by default each is named by what it is. */
  readonly name?: string;
}

/** Programs that are started one by one, watched together and ended together. */
export interface ProcessGroup {
  start(program: GroupProgram): void;
  processes(): readonly NamedProcess[];
  /** Throws where one of the programs has ended. */
  check(): void;
  /** What the programs have written; the last lines of it if not all is wanted. */
  log(lines?: number): string;
  /** Lets all of them drain, the last that was started first; what is left is killed. */
  stop(): Promise<void>;
}

const stopMs = 40_000;

/** All programs write to one log in the folder. */
export function createProcessGroup(folder: string): ProcessGroup {
  const started: { readonly child: ChildProcess; readonly name: string | undefined }[] = [];
  const logFile = path.join(folder, 'programs.log');
  return {
    start: ({ command, args, environment, name }) => {
      const log = openSync(logFile, 'a');
      const child = spawn(command, args, { env: { ...environment }, stdio: ['ignore', log, log] });
      closeSync(log);
      // Where it could not be started, it has no pid and check() says so.
      child.on('error', () => undefined);
      started.push({ child, name });
    },
    processes: () => {
      const all = started.flatMap(({ child, name }) => {
        const tree = treeOf(child);
        return name === undefined ? tree : tree.map((one) => ({ ...one, name }));
      });
      const names = numbered(all.map(({ name }) => name.replace(/-\d+$/, '')));
      return all.map((one, index) => ({ ...one, name: names[index] ?? one.name }));
    },
    check: () => {
      if (started.some(({ child }) => ended(child))) throw new Error('a program ended');
    },
    log: (lines = Infinity) =>
      readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n'),
    stop: async () => {
      for (const { child } of started.splice(0).reverse()) await stop(child);
    },
  };
}

/** Nothing of a program that could not be started. */
function treeOf({ pid }: ChildProcess): readonly NamedProcess[] {
  return pid === undefined ? [] : clusterProcesses(pid);
}

async function stop(child: ChildProcess): Promise<void> {
  if (ended(child)) return;
  const tree = treeOf(child);
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => {
    killLeft(tree);
  }, stopMs);
  await exit;
  clearTimeout(late);
  killLeft(tree);
}

function ended(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}
