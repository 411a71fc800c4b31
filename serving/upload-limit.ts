import { ShoalError } from '../core/errors';
import { setting, whole } from '../core/settings';

/** The limit of uploads; the same on inferrer and modelhost. */
export const uploadSettings = {
  UPLOAD_MAX_BYTES: setting(
    whole(1, 64_000_000_000),
    '2147483648',
    'Largest upload of a model, in bytes.',
  ),
};

export function uploadTooLarge(maxBytes: number): ShoalError {
  return new ShoalError(
    'too_large',
    `An upload may have ${maxBytes} bytes (UPLOAD_MAX_BYTES); this one has more.`,
    { fields: { limit_bytes: maxBytes } },
  );
}
