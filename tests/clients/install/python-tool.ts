import { readFileSync } from 'node:fs';
import path from 'node:path';
import { folderOf, type Tool } from './tool';

const requirements = path.resolve('tests/clients/install/requirements');

/** A virtual environment with exactly the packages of `requirements/<name>.txt`. */
export function pythonTool(name: string, version: string): Tool {
  const file = path.join(requirements, `${name}.txt`);
  return {
    name,
    version,
    recipe: readFileSync(file, 'utf8'),
    async install(folder, run) {
      await run('python3', ['-m', 'venv', folder]);
      const pip = ['-m', 'pip', 'install', '--quiet', '--no-deps', '-r', file];
      await run(path.join(folder, 'bin/python'), pip);
    },
  };
}

/** The interpreter that finds the tool's packages. */
export function pythonOf(tool: Tool): string {
  return path.join(folderOf(tool), 'bin/python');
}
