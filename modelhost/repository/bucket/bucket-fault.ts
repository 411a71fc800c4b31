import { ShoalError } from '../../../core/errors';

/** What a command to the server of a bucket ended with, as far as it is known. */
export interface CommandFault {
  /** The server's own word, or that of the system; '' where there is none. */
  readonly word: string;
  /** HTTP status; 0 where no answer came. */
  readonly status: number;
}

export function commandFault(error: unknown): CommandFault {
  const { name, code, $metadata } = (error ?? {}) as {
    name?: unknown;
    code?: unknown;
    $metadata?: { httpStatusCode?: number };
  };
  const word = typeof code === 'string' ? code : typeof name === 'string' ? name : '';
  return {
    word: /^[A-Za-z_]{1,60}$/.test(word) ? word : '',
    status: $metadata?.httpStatusCode ?? 0,
  };
}

/** A key that is not known is 404 with one server and 403 with the others. */
const keyFaults =
  /^(AccessDenied|InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|InvalidToken|XAdminUserNotFound|CredentialsProviderError|RequestTimeTooSkewed)$/;
const fullFaults = /^(QuotaExceeded|InsufficientCapacity|XMinioStorageFull|EntityTooLarge)$/;

export const isMissing = ({ word, status }: CommandFault): boolean =>
  status === 404 && (word === 'NoSuchKey' || word === 'NotFound');

/** Somebody else was faster, or the object is another one by now. */
export const isUnmet = ({ word, status }: CommandFault): boolean =>
  status === 412 || word === 'PreconditionFailed';

/** What a client is told; neither keys nor what the server has said go with it. */
export function bucketFault(error: unknown, bucket: string): ShoalError {
  if (error instanceof ShoalError) return error;
  const fault = commandFault(error);
  const said = [fault.word, fault.status === 0 ? '' : String(fault.status)]
    .filter((word) => word !== '')
    .join(' ');
  const cause = new Error(`the bucket's server: ${said === '' ? 'no answer' : said}`);
  const reason = refusal(fault, bucket);
  if (reason !== undefined) {
    return new ShoalError('insufficient_storage', `${reason} (${said}).`, { cause });
  }
  return new ShoalError(
    'storage_unavailable',
    `The model repository cannot be reached: the server of the bucket '${bucket}' ` +
      `${fault.status === 0 ? 'does not answer' : 'fails'}${said === '' ? '' : ` (${said})`}. ` +
      'What is loaded goes on; try again later.',
    { cause, retryAfter: 5 },
  );
}

function refusal({ word, status }: CommandFault, bucket: string): string | undefined {
  if (word === 'NoSuchBucket') {
    return `The model repository is not there: there is no bucket '${bucket}'. Create it, or correct MODEL_REPOSITORY`;
  }
  if (keyFaults.test(word) || status === 401 || status === 403) {
    return `The model repository refuses the server's key: the bucket '${bucket}' cannot be used with it. Check S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY and what the key may do`;
  }
  if (fullFaults.test(word) || status === 507) {
    return `The model repository could not be written: there is no room left in the bucket '${bucket}'`;
  }
  return undefined;
}
