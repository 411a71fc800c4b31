import { isModelName, isVersionNumber } from '../../../protocol/model-name';
import { addBare, bareModelName, generationsIn } from '../layout';
import type { BareFile } from '../snapshot';
import type { FoundModel, FoundVersion, Listing } from '../storage';
import type { FoundObject } from './bucket-client';

/** Lies in a version's folder while the server is putting its files there. */
export const arrivingFile = '.arriving';

/** Where claims lie; no model's name begins with a dot. */
export const stagingPrefix = '.staging/';

/** Another one for each content of an object. Servers may leave the etag out. */
export function stampOf({ etag, size, changedMs }: FoundObject): string {
  return `${etag} ${size} ${changedMs}`;
}

interface Growing {
  readonly names: Set<string>;
  readonly versions: Map<number, FoundObject[]>;
}

/** What the keys of a bucket say; what is no path of a repository is left out. */
export function readListing(objects: readonly FoundObject[]): Listing {
  const models = new Map<string, Growing>();
  const bare = new Map<string, BareFile>();
  for (const object of objects) {
    const [first = '', second, ...rest] = partsOf(object.key);
    if (second === undefined) findBare(object, first, bare);
    else if (isModelName(first))
      add(models, object, { model: first, second, deeper: rest.length > 0 });
  }
  return { models: [...models].map(([name, model]) => foundModel(name, model)), bare };
}

/** Of keys with empty or dotted parts nothing: such names lead elsewhere on a disk. */
function partsOf(key: string): string[] {
  const parts = key.split('/');
  const plain = parts.every((part) => !/^\.{0,2}$/.test(part) && !/[\0\\]/.test(part));
  return plain ? parts : [];
}

function findBare(object: FoundObject, file: string, bare: Map<string, BareFile>): void {
  const model = bareModelName(file);
  if (model === undefined) return;
  const { size, changedMs: mtimeMs, etag } = object;
  addBare(bare, model, { file, size, mtimeMs, etag });
}

function add(
  models: Map<string, Growing>,
  object: FoundObject,
  { model, second, deeper }: { model: string; second: string; deeper: boolean },
): void {
  const growing: Growing = models.get(model) ?? { names: new Set(), versions: new Map() };
  models.set(model, growing);
  growing.names.add(second);
  if (!deeper || !isVersionNumber(second)) return;
  const files = growing.versions.get(Number(second)) ?? [];
  growing.versions.set(Number(second), [...files, object]);
}

function foundModel(name: string, { names, versions }: Growing): FoundModel {
  const rising = [...versions].sort(([a], [b]) => a - b);
  return {
    name,
    names: [...names],
    versions: rising.map(([version, files]) => foundVersion(`${name}/${version}/`, version, files)),
  };
}

function foundVersion(at: string, version: number, files: readonly FoundObject[]): FoundVersion {
  const meta = files.find(({ key }) => key === `${at}meta.json`);
  return {
    version,
    metaStamp: meta && stampOf(meta),
    arriving: files.some(({ key }) => key === at + arrivingFile),
  };
}

/** What people have put into a model's folder, beside its versions. */
export function isOfOperator(model: string, { key }: FoundObject): boolean {
  const [first, second = '', ...deeper] = partsOf(key);
  return (
    first === model && second !== '' && deeper.length === 0 && generationsIn([second]).length === 0
  );
}

/** The files of a version, by their names in its folder. */
export function filesOf(
  at: string,
  objects: readonly FoundObject[],
): { readonly name: string; readonly object: FoundObject }[] {
  return objects
    .filter(({ key }) => partsOf(key).length > 2 && key !== at + arrivingFile)
    .map((object) => ({ name: object.key.slice(at.length), object }));
}
