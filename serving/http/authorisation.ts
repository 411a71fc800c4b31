import { readFileSync, statSync } from 'node:fs';
import { timingSafeEqual } from 'node:crypto';
import { ShoalError } from '../../core/errors';
import type { Logger } from '../../core/logging';
import { SettingsError } from '../../core/settings';
import { needOf } from './scope';
import { bearerToken, digestOf, findToken, parseTokens, type Token } from './tokens';

/** The headers of a request, by lower-case name. */
export interface HeaderSource {
  header(name: string): string | undefined;
}

/** Why a request is refused, or nothing if it may pass. Asked once, before routing and the body. */
export type Authorise = (
  method: string,
  path: string,
  request: HeaderSource,
) => ShoalError | undefined;

export interface AuthorisationSettings {
  readonly TOKENS: readonly Token[];
  readonly TOKENS_FILE: string;
  readonly CLUSTER_SECRET: string;
}

/** Headers by which the cluster's processes speak to one another. */
export const internalHeaders = [
  'shoal-cluster-secret',
  'shoal-host',
  'shoal-generation',
  'shoal-segments',
  'shoal-publish',
] as const;

/**
 * The authorisation that the settings describe. With no token and no secret everything passes.
 * Who shows the cluster's secret may do everything; the cluster's own paths and headers need it
 * when there is one. Throws SettingsError, e.g. for tokens without a cluster secret.
 */
export function createAuthorisation(settings: AuthorisationSettings, logger: Logger): Authorise {
  const tokens = tokensOf(settings, logger);
  if (settings.CLUSTER_SECRET === '') {
    if (tokens.length === 0) return () => undefined;
    throw new SettingsError(
      'CLUSTER_SECRET: wanted a secret, the same on all processes, because there are tokens, found nothing',
    );
  }
  const secret = digestOf(settings.CLUSTER_SECRET);
  return (method, path, request) => {
    const shown = request.header('shoal-cluster-secret');
    if (shown !== undefined && timingSafeEqual(digestOf(shown), secret)) return undefined;
    return clusterFault(method, path, request) ?? tokenFault(tokens, needOf(method, path), request);
  };
}

function clusterFault(method: string, path: string, request: HeaderSource): ShoalError | undefined {
  const header = internalHeaders.find((name) => request.header(name) !== undefined);
  if (header !== undefined) {
    return new ShoalError(
      'forbidden',
      `The header ${header} is for the cluster's own processes: leave it out, or show the cluster secret.`,
    );
  }
  if (needOf(method, path) !== 'cluster') return undefined;
  return new ShoalError(
    'forbidden',
    'This path is for the cluster: wanted its secret in shoal-cluster-secret.',
  );
}

function tokenFault(
  tokens: readonly Token[],
  need: ReturnType<typeof needOf>,
  request: HeaderSource,
): ShoalError | undefined {
  if (tokens.length === 0 || need === 'open' || need === 'cluster') return undefined;
  const presented = bearerToken(request.header('authorization'));
  if (presented === undefined) {
    return unauthorized('Wanted a token: Authorization: Bearer <token>; none came.', 'Bearer');
  }
  const token = findToken(tokens, presented);
  if (token === undefined) {
    return unauthorized('The token is not known here.', 'Bearer error="invalid_token"');
  }
  if (token.scopes.includes(need)) return undefined;
  const allowed = token.scopes.join(', ');
  return new ShoalError(
    'forbidden',
    `This needs a token with the scope ${need}; this token has ${allowed}.`,
  );
}

function unauthorized(message: string, challenge: string): ShoalError {
  return new ShoalError('unauthorized', message, { headers: { 'www-authenticate': challenge } });
}

/** All tokens of the settings. Throws SettingsError; without a logger nothing is said of the file. */
export function tokensOf(
  settings: Pick<AuthorisationSettings, 'TOKENS' | 'TOKENS_FILE'>,
  logger?: Logger,
): readonly Token[] {
  return [...settings.TOKENS, ...readTokensFile(settings.TOKENS_FILE, logger)];
}

function readTokensFile(path: string, logger?: Logger): readonly Token[] {
  if (path === '') return [];
  try {
    if ((statSync(path).mode & 0o004) !== 0) {
      logger?.warn(
        { file: path },
        'TOKENS_FILE can be read by everyone on this machine: chmod 600',
      );
    }
    return parseTokens(readFileSync(path, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SettingsError(`TOKENS_FILE: wanted a readable file of tokens, found: ${reason}`);
  }
}
