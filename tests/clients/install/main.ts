import { titleOf } from '../client';
import { clients } from '../clients';
import { install, isInstalled, type Tool } from './tool';
import { earlierRuntime, versitygw } from './tools';

/** So many at the same time: one builds while the other waits for what it fetches. */
const together = 2;

/**
 * Installs what the clients and the tests beside them need and is not there, those only whose title has one of the arguments
 * in it. Ends with 1 where something could not be installed; the rest is, all the same.
 */
async function main(parts: readonly string[]): Promise<void> {
  const wanted = clients.filter((one) => parts.some((part) => titleOf(one).includes(part)));
  const others = [versitygw, earlierRuntime].filter(({ name }) =>
    parts.some((part) => name.includes(part)),
  );
  const tools = new Set([...wanted.map(({ tool }) => tool), ...others]);
  const missing = [...tools].filter((tool) => !isInstalled(tool));
  async function next(): Promise<void> {
    for (let tool = missing.shift(); tool !== undefined; tool = missing.shift()) await one(tool);
  }
  await Promise.all(Array.from({ length: together }, next));
}

async function one(tool: Tool): Promise<void> {
  const title = `${tool.name} ${tool.version}`;
  const began = performance.now();
  try {
    await install(tool);
    say(`${title} installed (${Math.round((performance.now() - began) / 1000)} s)`);
  } catch (error) {
    process.exitCode = 1;
    say(`${title} could not be installed: ${error instanceof Error ? error.message : '?'}`);
  }
}

function say(text: string): void {
  process.stderr.write(`shoal: ${text}\n`);
}

void main(process.argv.length > 2 ? process.argv.slice(2) : ['']);
