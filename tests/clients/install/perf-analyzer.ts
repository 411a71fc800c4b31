import { chmodSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { pipIn } from './python-tool';
import { folderOf, type Run, type Tool } from './tool';

const version = '2.60.0';
const ownPlatform = 'manylinux_2_38_x86_64';
/** The Debian whose C library the program wants; the machine's own may be older. */
const release = 'trixie';
/** With shared memory of any kind the program wants a library that no Debian has. */
const cuda = 'nvidia-cuda-runtime-cu12==12.9.79';

/**
 * Triton's load generator. Its wheel is for a newer C library than Debian 12 has: pip takes an empty
 * placeholder of the same name there. So the wheel is unpacked, and the libraries of a newer Debian
 * lie beside it, which nothing else on the machine sees.
 */
export const perfAnalyzer: Tool = {
  name: 'perf_analyzer',
  version,
  recipe: `${version} ${ownPlatform} ${release} ${cuda}`,
  async install(folder, run) {
    await unpack(`perf-analyzer==${version}`, ownPlatform, folder, run);
    chmodSync(path.join(folder, 'perf_analyzer/bin/perf_analyzer'), 0o755);
    await unpack(cuda, 'manylinux2014_x86_64', folder, run);
    const debian = path.join(folder, 'debian');
    // The first stage unpacks what every Debian has and runs nothing of it.
    await run('debootstrap', ['--foreign', '--variant=minbase', release, debian]);
    for (const entry of readdirSync(debian)) {
      if (entry !== 'usr') rmSync(path.join(debian, entry), { recursive: true, force: true });
    }
    rmSync(path.join(debian, 'usr/share'), { recursive: true });
    const library = path.join(folder, 'nvidia/cuda_runtime/lib/libcudart.so.12');
    renameSync(library, path.join(librariesIn(folder), 'libcudart.so'));
  },
};

/** A package of PyPI, for a platform that need not be this one, without what it wants. */
async function unpack(wanted: string, platform: string, folder: string, run: Run): Promise<void> {
  const wheels = path.join(folder, 'wheel');
  const only = ['--no-deps', '--only-binary=:all:', '--platform', platform, '-d', wheels];
  const environment = path.join(folder, 'pip');
  const pip = await pipIn(environment, run);
  await pip(['download', ...only, wanted]);
  rmSync(environment, { recursive: true });
  const [wheel = ''] = readdirSync(wheels);
  await run('python3', ['-m', 'zipfile', '-e', path.join(wheels, wheel), folder]);
  rmSync(wheels, { recursive: true });
}

function librariesIn(folder: string): string {
  return path.join(folder, 'debian/usr/lib/x86_64-linux-gnu');
}

/** The command and the first arguments that start it. */
export function perfAnalyzerCommand(): readonly [string, ...string[]] {
  const folder = folderOf(perfAnalyzer);
  const loader = path.join(folder, 'debian/usr/lib64/ld-linux-x86-64.so.2');
  const program = path.join(folder, 'perf_analyzer/bin/perf_analyzer');
  return [loader, '--library-path', librariesIn(folder), program];
}
