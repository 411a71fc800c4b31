import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** The programs of an earlier commit of this repository. */
export interface EarlierBuild {
  /** Folder with what `dist` has in ours. */
  readonly dist: string;
  remove(): void;
}

/** A commit that can be built here, or why there is none. */
export type EarlierCommit = { readonly commit: string } | { readonly missing: string };

/**
 * The last commit before this file came, in the history of what is checked out: found by what it
 * is and not by its name, so that any clone with its whole history has it.
 */
export function commitBefore(file: string): EarlierCommit {
  const added = git('log', '--diff-filter=A', '--format=%H', '--', file);
  const first = added.stdout.trim().split('\n').at(-1) ?? '';
  const before = git('rev-parse', '--verify', '--quiet', `${first}^`);
  if (first !== '' && before.status === 0) return { commit: before.stdout.trim() };
  const said = `${added.stderr}${before.stderr}`.trim();
  const shallow = 'a shallow clone gets it with git fetch --unshallow';
  return { missing: `no git history from before ${file} came: ${said || shallow}` };
}

/** Builds inferrer and modelhost of a commit with our packages; types were checked when it was made. */
export function buildEarlier(commit: string): EarlierBuild {
  const folder = mkdtempSync(path.join(tmpdir(), 'shoal-earlier-'));
  const sources = path.join(folder, 'sources');
  mkdirSync(sources);
  const archive = execFileSync('git', [...trusted, 'archive', commit], { maxBuffer: 1 << 28 });
  execFileSync('tar', ['-x', '-C', sources], { input: archive });
  const modules = path.resolve('node_modules');
  symlinkSync(modules, path.join(sources, 'node_modules'));
  const config = path.join(sources, 'tsconfig.earlier.json');
  writeFileSync(
    config,
    JSON.stringify({
      extends: './tsconfig.json',
      compilerOptions: { noCheck: true, incremental: false, tsBuildInfoFile: null },
      include: ['core', 'protocol', 'serving', 'metrics', 'inferrer', 'modelhost'],
      exclude: ['**/*.test.ts'],
    }),
  );
  execFileSync(process.execPath, [path.join(modules, 'typescript/bin/tsc'), '-p', config]);
  return {
    dist: path.join(sources, 'dist'),
    remove() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The checkout is read also where it belongs to another user, as in containers of a CI. */
const trusted = ['-c', 'safe.directory=*'];

function git(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, output, error } = spawnSync('git', [...trusted, ...args], { encoding: 'utf8' });
  const [, stdout, stderr] = error === undefined ? output : ['', '', error.message];
  return { status, stdout: stdout ?? '', stderr: stderr ?? '' };
}
