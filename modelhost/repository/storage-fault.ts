import { ShoalError } from '../../core/errors';
import { errorCode } from './file-system';

const faults: Readonly<Record<string, string>> = {
  ENOSPC: 'there is no room left',
  EDQUOT: 'its quota is used up',
  EFBIG: 'the file is too large for it',
  EROFS: 'it is read-only',
  EACCES: 'the server has no right to write there',
  EPERM: 'the server has no right to write there',
};

/** What a client is told of a failed write: insufficient_storage where the disk is the reason. */
function storageFault(error: unknown): unknown {
  const fault = faults[errorCode(error)];
  if (fault === undefined) return error;
  return new ShoalError(
    'insufficient_storage',
    `The model repository could not be written: ${fault}. Nothing was changed.`,
    { cause: error },
  );
}

/** Runs work that writes to the repository. */
export async function storing<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw storageFault(error);
  }
}
