import { spawn } from 'node:child_process';
import type { Command } from './client';

/** What a driver says of one check. */
export interface Line {
  readonly what: string;
  readonly ok: boolean;
  /** What went wrong, or what was seen. */
  readonly detail: string;
}

export interface Driven {
  readonly lines: readonly Line[];
  /** How it ended and what it wrote that was no line, for those who look for a line that is missing. */
  readonly rest: string;
}

/** Longest time of one driver. */
const driverMs = 240_000;

/** Runs a driver to its end. It sees no more of the environment than it needs. */
export async function drive({ program, args }: Command): Promise<Driven> {
  const { PATH = '', HOME = '', JAVA_HOME = '' } = process.env;
  const child = spawn(program, args, {
    env: { PATH, HOME, JAVA_HOME, PYTHONPATH: 'tests/clients', PYTHONDONTWRITEBYTECODE: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), driverMs);
  let out = '';
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (rest += text));
  const end = await new Promise<string>((resolve) => {
    child.once('error', (error) => {
      resolve(error.message);
    });
    child.once('close', (code, signal) => {
      resolve(`ended with ${code ?? signal ?? '?'}`);
    });
  });
  clearTimeout(timer);
  const lines: Line[] = [];
  for (const text of out.split('\n')) {
    const line = lineOf(text);
    if (line === undefined) rest += `${text}\n`;
    else lines.push(line);
  }
  return { lines, rest: `${rest.trim()}\nthe driver ${end}` };
}

function lineOf(text: string): Line | undefined {
  if (!text.startsWith('{"what"')) return undefined;
  return JSON.parse(text) as Line;
}
