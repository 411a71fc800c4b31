import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';

/** The programs of an earlier state of this repository. */
export interface EarlierBuild {
  /** Folder with what `dist` has in ours. */
  readonly dist: string;
  remove(): void;
}

/** What a build of inferrer and modelhost needs. */
const parts = ['core', 'protocol', 'serving', 'metrics', 'inferrer', 'modelhost'];

/**
 * The sources that an upgrade begins with where nothing else is said. They are kept in a file,
 * because a checkout may come without its history. `git get-tar-commit-id` tells their commit; it
 * was made by `git archive <commit> <parts> package.json tsconfig.json ':(exclude)**\/*.test.ts'`.
 */
const kept = 'tests/earlier-build/sources.tar.gz';

/** Builds inferrer and modelhost with our packages; types were checked when they were written. */
export function buildEarlier(commit: string | undefined): EarlierBuild {
  const folder = mkdtempSync(path.join(tmpdir(), 'shoal-earlier-'));
  const remove = (): void => {
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    return { dist: buildIn(folder, commit), remove };
  } catch (error) {
    remove();
    throw error;
  }
}

function buildIn(folder: string, commit: string | undefined): string {
  const sources = path.join(folder, 'sources');
  mkdirSync(sources);
  const input = commit === undefined ? gunzipSync(readFileSync(kept)) : archiveOf(commit);
  execFileSync('tar', ['-x', '-C', sources], { input });
  const modules = path.resolve('node_modules');
  symlinkSync(modules, path.join(sources, 'node_modules'));
  const config = path.join(sources, 'tsconfig.earlier.json');
  writeFileSync(
    config,
    JSON.stringify({
      extends: './tsconfig.json',
      compilerOptions: { noCheck: true, incremental: false, tsBuildInfoFile: null },
      include: parts,
      exclude: ['**/*.test.ts'],
    }),
  );
  execFileSync(process.execPath, [path.join(modules, 'typescript/bin/tsc'), '-p', config]);
  return path.join(sources, 'dist');
}

function archiveOf(commit: string): Buffer {
  return execFileSync('git', ['archive', commit], { maxBuffer: 1 << 28 });
}
