import { readFileSync } from 'node:fs';
import path from 'node:path';
import { folderOf, type Run, type Tool } from './tool';

const requirements = path.resolve('tests/clients/install/requirements');

/** A virtual environment with exactly the packages of `requirements/<name>.txt`. */
export function pythonTool(name: string, version: string): Tool {
  const file = path.join(requirements, `${name}.txt`);
  return {
    name,
    version,
    recipe: readFileSync(file, 'utf8'),
    async install(folder, run) {
      const pip = await pipIn(folder, run);
      await pip(['install', '--no-deps', '-r', file]);
    },
  };
}

/** Makes a virtual environment and gives its pip: Debian's Python has none of its own. */
export async function pipIn(
  folder: string,
  run: Run,
): Promise<(args: readonly string[]) => Promise<void>> {
  await run('python3', ['-m', 'venv', folder]);
  const python = path.join(folder, 'bin/python');
  return ([command = '', ...more]) => run(python, ['-m', 'pip', command, '--quiet', ...more]);
}

/** The interpreter that finds the tool's packages. */
export function pythonOf(tool: Tool): string {
  return path.join(folderOf(tool), 'bin/python');
}
