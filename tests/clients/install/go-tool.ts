import path from 'node:path';
import { folderOf, type Tool } from './tool';

/** A program that is built from a version of a Go module; the module pins what it needs itself. */
export function goTool(name: string, version: string, program: string): Tool {
  const wanted = `${program}@v${version}`;
  return {
    name,
    version,
    recipe: wanted,
    install: (folder, run) =>
      run('go', ['install', '-buildvcs=false', wanted], { GOBIN: path.join(folder, 'bin') }),
  };
}

/** The program itself. */
export function goProgramOf(tool: Tool): string {
  return path.join(folderOf(tool), 'bin', tool.name);
}
