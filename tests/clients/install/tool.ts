import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

/** A third-party program of one version, and how it comes into a folder of its own. */
export interface Tool {
  readonly name: string;
  readonly version: string;
  /** Everything that decides about what is installed; when it changes, that is done again. */
  readonly recipe: string;
  /** Fills the folder. */
  install(folder: string, run: Run): Promise<void>;
}

/** Runs a program to its end; throws with its last lines where it fails or takes too long. */
export type Run = (
  command: string,
  args: readonly string[],
  environment?: Readonly<Record<string, string>>,
) => Promise<void>;

/** Longest time for one step. A build in Go takes minutes on two cores that others want as well. */
const stepMs = 900_000;

/** So much of what a program has said is shown where it fails. */
const shownLines = 15;

/** Where all tools lie: `CLIENTS_CACHE`, or a folder in the user's cache. */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const { CLIENTS_CACHE = '', XDG_CACHE_HOME = '' } = environment;
  if (CLIENTS_CACHE !== '') return path.resolve(CLIENTS_CACHE);
  const cache = XDG_CACHE_HOME === '' ? path.join(homedir(), '.cache') : XDG_CACHE_HOME;
  return path.join(cache, 'shoal-clients');
}

/** Where a tool lies once it is installed. */
export function folderOf(tool: Tool, cache = cacheFolder()): string {
  return path.join(cache, `${tool.name}-${tool.version}`);
}

/** Whether the tool is there as its recipe wants it; a folder that is only half filled is not. */
export function isInstalled(tool: Tool, cache = cacheFolder()): boolean {
  const mark = markOf(tool, cache);
  return existsSync(mark) && readFileSync(mark, 'utf8') === digest(tool);
}

/** Installs the tool into the cache, over whatever of it is there. */
export async function install(tool: Tool, cache = cacheFolder()): Promise<void> {
  const folder = folderOf(tool, cache);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await tool.install(folder, runProgram);
  writeFileSync(markOf(tool, cache), digest(tool));
}

function markOf(tool: Tool, cache: string): string {
  return path.join(folderOf(tool, cache), '.installed');
}

function digest({ recipe }: Tool): string {
  return createHash('sha256').update(recipe).digest('hex');
}

async function runProgram(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<void> {
  const child = spawn(command, args, {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), stepMs);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  }
  const end = await new Promise<string>((resolve) => {
    child.once('error', (error) => {
      resolve(error.message);
    });
    child.once('close', (code, signal) => {
      if (signal === null) resolve(code === 0 ? '' : `ended with ${code ?? '?'}`);
      else resolve(`was ended by ${signal}; it has ${stepMs / 1000} s`);
    });
  });
  clearTimeout(timer);
  if (end === '') return;
  const lines = said.trimEnd().split('\n').slice(-shownLines);
  throw new Error([`${command} ${args.join(' ')}: ${end}`, ...lines].join('\n  '));
}
