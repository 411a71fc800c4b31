import type { Stats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import path from 'node:path';
import type { ExternalData } from './model-facts';
import { quoted, rejected } from './rejected';

const maxLocationBytes = 1024;

/**
 * Throws model_rejected unless every external tensor lies wholly in a regular file of its own
 * inside the directory, reached without links. Sound only while nobody else writes there.
 */
export async function refuseExternalFiles(
  tensors: readonly ExternalData[],
  directory: string,
): Promise<void> {
  const sizes = new Map<string, number>();
  for (const tensor of tensors) {
    const { location, offset, length } = tensor;
    const size = sizes.get(location) ?? (await fileSize(location, directory));
    sizes.set(location, size);
    if (offset + (length ?? 0) > size) {
      throw rejected(
        `Tensor ${quoted(tensor.tensor)} wants bytes ${offset} to ${offset + (length ?? 0)} of ` +
          `the external data file ${quoted(location)}, which has ${size} bytes.`,
      );
    }
  }
}

/** A location without the steps that stay where they are: `./weights.bin` is `weights.bin`. */
export function plainLocation(location: string): string {
  return location
    .split('/')
    .filter((step) => step !== '.')
    .join('/');
}

async function fileSize(location: string, directory: string): Promise<number> {
  const fault = faultOfLocation(location);
  if (fault !== undefined) {
    throw rejected(`The external data location ${quoted(location)} ${fault}.`);
  }
  let at = directory;
  const steps = plainLocation(location).split('/');
  for (const [index, step] of steps.entries()) {
    at = path.join(at, step);
    const fault = faultOfEntry(await entryAt(at), index === steps.length - 1);
    if (fault !== undefined) {
      throw rejected(`The external data file ${quoted(location)} ${fault}.`);
    }
  }
  return (await lstat(at)).size;
}

/** What is wrong with a location as text. */
function faultOfLocation(location: string): string | undefined {
  const steps = location.split('/');
  const faults: readonly (readonly [boolean, string])[] = [
    [location === '', 'is empty'],
    [Buffer.byteLength(location) > maxLocationBytes, 'is too long'],
    [location.includes('\0'), 'contains a NUL'],
    [location.includes('\\'), 'contains a backslash'],
    [location.startsWith('/') || /^[A-Za-z]:/.test(location), 'is absolute'],
    [location.includes('_ORT_MEM_ADDR_'), 'means an address in memory'],
    [steps.includes('..'), "leaves the model's directory with '..'"],
    [steps.includes('') || steps.at(-1) === '.', 'does not name a file'],
  ];
  const found = faults.find(([wrong]) => wrong);
  return found === undefined
    ? undefined
    : `${found[1]}; wanted is the name of a file sent along with the model`;
}

async function entryAt(at: string): Promise<Stats | undefined> {
  try {
    return await lstat(at);
  } catch {
    return undefined;
  }
}

function faultOfEntry(entry: Stats | undefined, last: boolean): string | undefined {
  if (entry === undefined) return 'is missing; send it along with the model';
  if (entry.isSymbolicLink()) return 'is reached through a symbolic link';
  if (!last) return entry.isDirectory() ? undefined : 'is missing; send it along with the model';
  if (!entry.isFile()) return 'is not a regular file';
  return entry.nlink > 1 ? 'is a hard link to another file' : undefined;
}
