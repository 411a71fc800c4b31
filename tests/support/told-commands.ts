import { spawn } from 'node:child_process';
import { fencesOf, readDocument } from './markdown';

/** A command of a document, and the answer that stands below it; '' where none does. */
export interface ToldCommand {
  readonly command: string;
  readonly answer: string;
}

/**
 * The commands in the blocks `sh <word>` of a document, or of those without a word. A block whose
 * language is json or text right after them is the answer to the last one.
 */
export function toldCommands(file: string, word = ''): ToldCommand[] {
  return toldBlocks(file, word).flatMap(({ command: block, answer }) => {
    const commands = commandsIn(block);
    return commands.map((command, at) => ({
      command,
      answer: at === commands.length - 1 ? answer : '',
    }));
  });
}

/** The same, with all commands of a block as one. */
export function toldBlocks(file: string, word = ''): ToldCommand[] {
  const fences = fencesOf(readDocument(file));
  return fences.flatMap((fence, index) => {
    if (fence.language !== 'sh' || (fence.words[0] ?? '') !== word) return [];
    const next = fences[index + 1];
    const answer = /^(json|text)$/.test(next?.language ?? '') ? (next?.text ?? '') : '';
    return [{ command: fence.text, answer }];
  });
}

/** One for each line that is not a comment; a line that ends with a backslash or a bar goes on. */
function commandsIn(text: string): string[] {
  const lines = text.replaceAll('\\\n', ' ').replaceAll('|\n', '| ').split('\n');
  return lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
}

/** Runs commands in bash and resolves with what they wrote; rejects where one of them fails. */
export async function runTold(
  command: string,
  environment: Readonly<Record<string, string>>,
  folder = '.',
): Promise<string> {
  const child = spawn('bash', ['-e', '-o', 'pipefail', '-c', command], {
    env: { PATH: process.env['PATH'], ...environment },
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [said, faults] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (faults += chunk.toString()));
  const status = await new Promise((resolve) => child.once('close', resolve));
  if (status !== 0) throw new Error(`${command}\nended with ${String(status)}:\n${faults}${said}`);
  return said;
}

/**
 * An answer without what differs from run to run: times, the order of hosts, digits behind the
 * sixth. Text that is no JSON is taken as it is, without space at its ends.
 */
export function lasting(answer: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(answer);
  } catch {
    return answer.trim();
  }
  return stripped(value);
}

function stripped(value: unknown): unknown {
  if (typeof value === 'number') return Number(value.toFixed(6));
  if (Array.isArray(value)) return value.map(stripped);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([name]) => name !== 'ms');
  return Object.fromEntries(
    entries.map(([name, inner]) => [name, name === 'hosts' ? byHost(inner) : stripped(inner)]),
  );
}

function byHost(lines: unknown): unknown {
  if (!Array.isArray(lines)) return stripped(lines);
  return lines.map(stripped).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}
