import path from 'node:path';
import { folderOf, type Tool } from './tool';

/** A package of npm with what it needs; none of their scripts run. */
export function nodeTool(name: string, version: string): Tool {
  const wanted = `${name}@${version}`;
  return {
    name,
    version,
    recipe: wanted,
    async install(folder, run) {
      const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
      await run('npm', ['install', '--ignore-scripts', ...quiet, '--prefix', folder, wanted]);
    },
  };
}

/** The directory of the package itself. */
export function nodePackageOf(tool: Tool): string {
  return path.join(folderOf(tool), 'node_modules', tool.name);
}
