import path from 'node:path';
import { isModelName, isVersionNumber } from '../../protocol/model-name';
import type { BareFile } from './snapshot';

/** Where everything lies. Every path is built here, from names that were checked. */
export interface Layout {
  readonly root: string;
  /** What is being made, and what is being thrown away; on the same file system as the rest. */
  readonly staging: string;
  staged(id: string): string;
  model(model: string): string;
  version(model: string, version: number): string;
  state(model: string, generation: number): string;
  /** A file in a version's directory. */
  file(model: string, version: number, name: string): string;
  /** A model file that lies in the root without a directory of its own. */
  bare(file: string): string;
  /** What has this name below the repository, e.g. `iris/config.json`. */
  named(name: string): string;
}

const stateFileGrammar = /^state\.([1-9][0-9]{0,14})\.json$/;
const fileGrammar = /^[A-Za-z0-9][A-Za-z0-9._-]{0,134}$/;

export function createLayout(repository: string): Layout {
  const root = path.resolve(repository);
  const staging = path.join(root, '.staging');
  const model = (name: string): string => path.join(root, checked(name, isModelName(name)));
  const version = (name: string, number: number): string =>
    path.join(model(name), checked(String(number), isVersionNumber(String(number))));
  return {
    root,
    staging,
    staged: (id) => path.join(staging, checked(id, fileGrammar.test(id))),
    model,
    version,
    state: (name, generation) => path.join(model(name), stateFileName(generation)),
    file: (name, number, file) =>
      path.join(version(name, number), checked(file, fileGrammar.test(file))),
    bare: (file) => path.join(root, checked(file, fileGrammar.test(file))),
    named: (name) => path.join(root, checked(name, isInside(name))),
  };
}

/** A model's name, and what lies in its folder. */
function isInside(name: string): boolean {
  const [model = '', ...rest] = name.split('/');
  const plain = rest.every((part) => !/^\.{0,2}$/.test(part) && !part.includes('\0'));
  return isModelName(model) && rest.length > 0 && plain;
}

/** Names are checked where they come in; this is the net below. */
function checked(name: string, allowed: boolean): string {
  if (!allowed) throw new Error(`not a name for a path: ${JSON.stringify(name.slice(0, 200))}`);
  return name;
}

function stateFileName(generation: number): string {
  return `state.${generation}.json`;
}

/** Names below the repository, as `Storage` takes them. */
export const stateName = (model: string, generation: number): string =>
  `${model}/${stateFileName(generation)}`;

export const versionFileName = (model: string, version: number, file: string): string =>
  `${model}/${version}/${file}`;

/** The generations in a listing of a model's directory, in rising order. */
export function generationsIn(names: readonly string[]): number[] {
  return names
    .map((name) => Number(stateFileGrammar.exec(name)?.[1] ?? 0))
    .filter((generation) => generation > 0)
    .sort((a, b) => a - b);
}

/** The model's name of a file in the root, e.g. `iris` of `iris.onnx`; undefined if it is none. */
export function bareModelName(file: string): string | undefined {
  const name = /^(.*)\.(?:onnx|ort)$/.exec(file)?.[1] ?? '';
  return isModelName(name) ? name : undefined;
}

/** Where both of them lie there, `iris.onnx` is the model and `iris.ort` counts for nothing. */
export function addBare(files: Map<string, BareFile>, model: string, found: BareFile): void {
  if (!files.has(model) || found.file.endsWith('.onnx')) files.set(model, found);
}
