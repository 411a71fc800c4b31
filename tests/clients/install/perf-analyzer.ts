import { chmodSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { folderOf, type Tool } from './tool';

const version = '2.60.0';
const platform = 'manylinux_2_38_x86_64';
/** The Debian whose C library the program wants; the machine's own may be older. */
const release = 'trixie';

/**
 * Triton's load generator. Its wheel is for a newer C library than Debian 12 has: pip takes an empty
 * placeholder of the same name there. So the wheel is unpacked, and the libraries of a newer Debian
 * lie beside it, which nothing else on the machine sees.
 */
export const perfAnalyzer: Tool = {
  name: 'perf_analyzer',
  version,
  recipe: `${version} ${platform} ${release}`,
  async install(folder, run) {
    const wheels = path.join(folder, 'wheel');
    const only = ['--no-deps', '--only-binary=:all:', '--platform', platform, '-d', wheels];
    await run('python3', ['-m', 'pip', 'download', '-q', ...only, `perf-analyzer==${version}`]);
    const [wheel = ''] = readdirSync(wheels);
    await run('python3', ['-m', 'zipfile', '-e', path.join(wheels, wheel), folder]);
    chmodSync(path.join(folder, 'perf_analyzer/bin/perf_analyzer'), 0o755);
    rmSync(wheels, { recursive: true });
    const debian = path.join(folder, 'debian');
    // The first stage unpacks what every Debian has and runs nothing of it.
    await run('debootstrap', ['--foreign', '--variant=minbase', release, debian]);
    for (const entry of readdirSync(debian)) {
      if (entry !== 'usr') rmSync(path.join(debian, entry), { recursive: true, force: true });
    }
    rmSync(path.join(debian, 'usr/share'), { recursive: true });
  },
};

/** The command and the first arguments that start it. */
export function perfAnalyzerCommand(): readonly [string, ...string[]] {
  const folder = folderOf(perfAnalyzer);
  const libraries = path.join(folder, 'debian/usr/lib/x86_64-linux-gnu');
  const loader = path.join(folder, 'debian/usr/lib64/ld-linux-x86-64.so.2');
  const program = path.join(folder, 'perf_analyzer/bin/perf_analyzer');
  return [loader, '--library-path', libraries, program];
}
