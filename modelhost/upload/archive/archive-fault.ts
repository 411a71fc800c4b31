import { ShoalError } from '../../../core/errors';
import { quoted, rejected } from '../../onnx/rejected';

/** The archive cannot be taken; `why` completes `The archive ...`. */
export function badArchive(why: string): Error {
  return rejected(`The archive ${why}.`);
}

/** Something about one of its entries, by its name in the archive. */
export function badEntry(name: string, why: string): Error {
  return rejected(`The archive has the entry ${quoted(name)}, which ${why}.`);
}

/** Faults of packed bytes, in words. */
export function unpackingFault(error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return code.startsWith('Z_')
    ? badArchive('is broken: its packed bytes cannot be unpacked')
    : error;
}

export function tooManyEntries(maxFiles: number): ShoalError {
  return new ShoalError(
    'too_large',
    `An archive may have ${maxFiles} entries (UPLOAD_MAX_FILES); this one has more.`,
  );
}
