import { ShoalError, type ErrorCode } from '../../core/errors';
import { errorCode } from './file-system';

/** Seconds. */
const retryAfter = 5;

/** Writing again is of no use before somebody has seen to it. */
const faults: Readonly<Record<string, string>> = {
  ENOSPC: 'there is no room left',
  EDQUOT: 'its quota is used up',
  EFBIG: 'the file is too large for it',
  EROFS: 'it is read-only',
  EACCES: 'the server has no right to write there',
  EPERM: 'the server has no right to write there',
};

/** The disk, the mount or the server behind it fails; whether anything was written is not known. */
const unreachable: ReadonlySet<string> = new Set([
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'EIO',
  'ENODEV',
  'ENOTCONN',
  'ENXIO',
  'EREMOTEIO',
  'ESHUTDOWN',
  'ESTALE',
  'ETIMEDOUT',
]);

const faultsOfPlace: ReadonlySet<ErrorCode> = new Set([
  'storage_unavailable',
  'insufficient_storage',
]);

/** It says nothing of a model: the same may go well later. */
export function isStorageFault(error: unknown): boolean {
  return error instanceof ShoalError && faultsOfPlace.has(error.code);
}

/** The directory of the repository is not where it was. */
export function repositoryAway(): ShoalError {
  return new ShoalError(
    'storage_unavailable',
    'The model repository is away: its directory has gone, or another one without any model lies ' +
      'in its place, as where a mount is lost. What is loaded goes on, and nothing was changed; ' +
      'try again when it is back.',
    { retryAfter },
  );
}

/** What a client is told of a failed read. */
function readFault(error: unknown): unknown {
  if (!unreachable.has(errorCode(error))) return error;
  return new ShoalError(
    'storage_unavailable',
    `The model repository cannot be reached: its file system answers ${errorCode(error)}. What is ` +
      'loaded goes on; try again later.',
    { cause: error, retryAfter },
  );
}

/** What a client is told of a failed write: insufficient_storage where the disk is the reason. */
function writeFault(error: unknown): unknown {
  const fault = faults[errorCode(error)];
  if (fault === undefined) return readFault(error);
  return new ShoalError(
    'insufficient_storage',
    `The model repository could not be written: ${fault}. Nothing was changed.`,
    { cause: error },
  );
}

/** Runs work that reads from the repository. */
export async function reading<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw readFault(error);
  }
}

/** Runs work that writes to the repository. */
export async function storing<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw writeFault(error);
  }
}
