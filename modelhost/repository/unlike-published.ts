import { ShoalError } from '../../core/errors';

/** A version does not change: other bytes under its number would answer in its name. */
export function unlikePublished(model: string, version: number, fault: string): ShoalError {
  return new ShoalError(
    'storage_unavailable',
    `Version ${version} of '${model}' is not what was published any more: ${fault} in the ` +
      'repository. Restore it from a backup, or delete the version.',
    { retryAfter: 60 },
  );
}

export const fileMissing = (name: string): string => `it has no file '${name}'`;

export const otherBytes = (name: string, found: string, published: string): string =>
  `'${name}' has the sha256 ${found} instead of ${published}`;
