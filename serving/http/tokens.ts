import { createHash, timingSafeEqual } from 'node:crypto';

const scopes = ['infer', 'manage', 'metrics'] as const;

/** What a token may be used for. */
export type Scope = (typeof scopes)[number];

/** A known bearer token. Only its digest is kept. */
export interface Token {
  /** For people; '' where none was given. */
  readonly name: string;
  readonly digest: Buffer;
  readonly scopes: readonly Scope[];
}

const form = /^(?:([A-Za-z0-9_-]+):)?([A-Za-z0-9._~+/-]+=*)=([a-z+]+)$/;

/**
 * Reads `[<name>:]<token>=<scope>[+<scope>]` entries, separated by semicolons or line ends; lines
 * that start with # are comments. Throws an Error that counts entries and never shows a token.
 */
export function parseTokens(text: string): readonly Token[] {
  const entries = text
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .flatMap((line) => line.split(';'))
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  return entries.map(parseToken);
}

function parseToken(entry: string, index: number): Token {
  const [, name = '', token, list] = form.exec(entry) ?? [];
  if (token === undefined || list === undefined) {
    throw new Error(`entry ${index + 1}: wanted [<name>:]<token>=<scope>[+<scope>]`);
  }
  const named = list.split('+');
  const granted = scopes.filter((scope) => named.includes(scope));
  if (granted.length !== named.length) {
    throw new Error(`entry ${index + 1}: wanted scopes out of ${scopes.join(', ')}, each once`);
  }
  return { name, digest: digestOf(token), scopes: granted };
}

export function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** The token in a header `authorization`; undefined where there is none. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return /^bearer +([^ ]+) *$/i.exec(authorization ?? '')?.[1];
}

/** The token that `presented` is, in a time that does not depend on which one or how alike. */
export function findToken(tokens: readonly Token[], presented: string): Token | undefined {
  const digest = digestOf(presented);
  let found: Token | undefined;
  for (const token of tokens) {
    if (timingSafeEqual(token.digest, digest)) found = token;
  }
  return found;
}
