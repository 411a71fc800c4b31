import { ShoalError } from '../../core/errors';
import type { LoadOverride } from './model-control';
import { ownFiles } from './own-files';

/** What a load call can bring: texts, and files as bytes. */
export type LoadParameters = ReadonlyMap<string, string | Buffer>;

const filePrefix = 'file:';
// A digit less than versions have, so that there are always higher numbers to give.
const filePath = /^([1-9][0-9]{0,7})\/([A-Za-z0-9][A-Za-z0-9._-]{0,127})$/;

/**
 * What the parameters of a load call bring beside the name; null for nothing. Throws
 * invalid_request, naming the parameter.
 */
export function loadOverride(parameters: LoadParameters): LoadOverride | null {
  if (parameters.size === 0) return null;
  let config: string | undefined;
  const files = new Map<string, Buffer>();
  for (const [name, value] of parameters) {
    if (name === 'config') config = textIn(name, value);
    else if (name.startsWith(filePrefix))
      files.set(name.slice(filePrefix.length), bytesIn(name, value));
    else
      throw invalid(
        `unknown parameter ${shown(name)} of a load; there are config and file:<version>/<name>`,
      );
  }
  if (config === undefined) {
    throw invalid(
      "files of a load need the parameter 'config', which is the model's only configuration then",
    );
  }
  return { config, files };
}

/** The version that the files of an override are for, and the files by their plain names. */
export interface OverrideFiles {
  readonly version: number;
  readonly files: ReadonlyMap<string, Buffer>;
}

/** Undefined where there are no files. Throws invalid_request. */
export function overrideFiles({ files }: LoadOverride): OverrideFiles | undefined {
  const named = new Map<string, Buffer>();
  const versions = new Set<number>();
  for (const [path, bytes] of files) {
    const [, version, name] = filePath.exec(path) ?? [];
    if (name === undefined || ownFiles.has(name)) {
      throw invalid(
        `Invalid file path ${shown(`${filePrefix}${path}`)}: wanted file:<version>/<name> with a version below 100000000 and a plain name that is free`,
      );
    }
    versions.add(Number(version));
    named.set(name, bytes);
  }
  const [version, other] = versions;
  if (version === undefined) return undefined;
  if (other !== undefined)
    throw invalid('the files of a load are those of one version; load the others on their own');
  return { version, files: named };
}

function textIn(name: string, value: string | Buffer): string {
  if (typeof value === 'string') return value;
  throw invalid(`parameter '${name}' must be a text`);
}

function bytesIn(name: string, value: string | Buffer): Buffer {
  if (typeof value !== 'string') return value;
  throw invalid(`parameter ${shown(name)} must be bytes`);
}

function shown(name: string): string {
  return `'${name.slice(0, 200)}'`;
}

function invalid(message: string): ShoalError {
  return new ShoalError('invalid_request', `${message}.`);
}
