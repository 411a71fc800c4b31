import { ShoalError } from '../../core/errors';

const plain = /^\/[!"$-[\]-~]*$/;
const absolute = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i;
const health = /^\/health\/(live|ready)(\?|$)/;

/**
 * The request target without scheme, host and base path: a path with its query, always starting
 * with a slash. Refused is what routers read in different ways: backslashes, fragments, control
 * and non-ASCII characters. Health paths are also taken without the base path.
 */
export function readTarget(url: string, basePath: string): string {
  const target = withoutBase(plain.test(url) ? url : unusual(url), basePath);
  if (target !== undefined) return target;
  throw new ShoalError('unknown_route', `There is nothing outside ${basePath}/ on this server.`);
}

/** The same of a target that is known to be plain; undefined where it lies outside. */
export function withoutBase(target: string, basePath: string): string | undefined {
  if (basePath === '') return target;
  if (target.startsWith(basePath)) {
    const rest = target.slice(basePath.length);
    if (rest === '') return '/';
    if (rest.startsWith('/')) return rest;
    if (rest.startsWith('?')) return `/${rest}`;
  }
  return health.test(target) ? target : undefined;
}

function unusual(url: string): string {
  const rest = url.replace(absolute, '');
  const target = rest.startsWith('/') ? rest : `/${rest}`;
  const known = rest !== url || url.startsWith('/') || url === '*';
  if (known && plain.test(target)) return target;
  throw new ShoalError(
    'invalid_request',
    'Wanted a path that starts with / and has everything else than printable ASCII, and # and \\, percent-encoded.',
  );
}
