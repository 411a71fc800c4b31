import { ShoalError } from '../../../core/errors';

/**
 * The model reference in `<prefix>/<reference>/prediction`, percent-decoded and not checked yet, or
 * nothing where the path is another one. Slashes inside are kept for the name's check to refuse.
 * Throws invalid_name for what cannot be decoded.
 */
export function predictionReference(prefix: string, path: string): string | undefined {
  if (!path.startsWith(`${prefix}/`)) return undefined;
  const end = path.endsWith('/') ? path.length - 1 : path.length;
  if (!path.endsWith('/prediction', end)) return undefined;
  const encoded = path.slice(prefix.length + 1, end - '/prediction'.length);
  if (encoded === '' || end - '/prediction'.length < prefix.length + 1) return undefined;
  if (!encoded.includes('%')) return encoded;
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw new ShoalError('invalid_name', 'The model name has a % that is no percent-encoding.');
  }
}
