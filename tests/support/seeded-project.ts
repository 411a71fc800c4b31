import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Names of files below the project, with their text. */
export type Files = Readonly<Record<string, string>>;

/** All folders with code of ours. */
export const folders: readonly string[] = [
  'core',
  'protocol',
  'serving',
  'metrics',
  'inferrer',
  'modelhost',
  'client',
  'embedded',
  'examples',
  'bench',
  'tests',
];
/** A sound project: a chain of files that import each other as the layers allow. */
export const sound: Files = {
  'core/base.ts': `export const base = 1;\n`,
  'protocol/word.ts': `import { base } from '../core/base';\nexport const word = base;\n`,
  'metrics/count.ts': `import { base } from '../core/base';\nexport const count = base;\n`,
  'serving/step.ts': `import { word } from '../protocol/word';\nexport const step = word;\n`,
  'inferrer/main.ts': `import { step } from '../serving/step';\nexport const started = step;\n`,
  'modelhost/main.ts': `import { count } from '../metrics/count';\nexport const started = count;\n`,
  'client/index.ts': `export { call } from './call';\n`,
  'client/call.ts': `export const call = 1;\n`,
  'embedded/main.ts': `import { base } from '../core/base';\nexport const started = base;\n`,
  'examples/main.ts': `import { base } from '../core/base';\nexport const made = base;\n`,
  'bench/main.ts': `import { base } from '../core/base';\nexport const measured = base;\n`,
  'tests/all.test.ts': `import { base } from '../core/base';\ntest('base', () => {\n  expect(base).toBe(1);\n});\n`,
};

/** A small project under the rules of this one, to break them in. */
export interface SeededProject {
  /** Writes the sound project together with these files. */
  seed(files: Files): void;
  /** Runs one of our development tools in it. */
  run(tool: string, ...args: readonly string[]): { status: number | null; output: string };
  /** A path that a tool printed, as a name like those of `Files`. */
  nameOf(file: string): string;
  remove(): void;
}

/** `stubs` are packages that it only has an empty form of, inside, where rules about paths see them. */
export function createSeededProject(stubs: readonly string[] = []): SeededProject {
  const folder = mkdtempSync(path.join(tmpdir(), 'architecture-'));
  for (const name of [
    'package.json',
    'tsconfig.json',
    'eslint.config.mjs',
    '.dependency-cruiser.cjs',
  ]) {
    cpSync(name, path.join(folder, name));
  }
  const packages = path.join(folder, 'node_modules');
  mkdirSync(packages);
  for (const name of readdirSync('node_modules')) {
    if (!stubs.some((stub) => stub === name || stub.startsWith(`${name}/`)))
      symlinkSync(path.resolve('node_modules', name), path.join(packages, name));
  }
  for (const name of stubs) {
    mkdirSync(path.join(packages, name), { recursive: true });
    writeFileSync(
      path.join(packages, name, 'package.json'),
      JSON.stringify({ name, main: 'index.js' }),
    );
    writeFileSync(path.join(packages, name, 'index.js'), '');
  }
  return {
    seed: (files) => {
      for (const name of folders) {
        rmSync(path.join(folder, name), { recursive: true, force: true });
        mkdirSync(path.join(folder, name));
      }
      for (const [name, text] of Object.entries({ ...sound, ...files })) {
        mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
        writeFileSync(path.join(folder, name), text);
      }
    },
    run: (tool, ...args) => {
      const file = path.resolve('node_modules/.bin', tool);
      const done = spawnSync(file, args, { cwd: folder, encoding: 'utf8' });
      return { status: done.status, output: done.stdout + done.stderr };
    },
    nameOf: (file) => path.relative(folder, path.resolve(folder, file)),
    remove: () => {
      rmSync(folder, { recursive: true });
    },
  };
}
