import type { Field, Head } from './stream';

/** RFC 9110, 5.6.2, without capital letters: RFC 9113, 8.2. */
const namePattern = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;

/** Control characters, and blanks at either end: RFC 9113, 8.2.1. */

const badValue = /[\x00-\x08\x0a-\x1f\x7f]|^[ \t]|[ \t]$/;

/** Of a connection, not of a request: RFC 9113, 8.2.2. */
const connectionHeaders = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

type Pseudo = ':method' | ':scheme' | ':authority' | ':path';

/** The head that these fields make; otherwise what is wrong with them. */
export function readRequestHead(fields: readonly Field[]): RequestHead | string {
  const pseudo: Partial<Record<Pseudo, string>> = {};
  let at = 0;
  for (; at < fields.length; at += 1) {
    const { name, value } = fields[at] as Field;
    if (!name.startsWith(':')) break;
    if (!isPseudo(name)) return `a pseudo header that no request has: ${JSON.stringify(name)}`;
    if (pseudo[name] !== undefined) return `${name} twice`;
    if (badValue.test(value)) return `${name} with characters that it must not have`;
    pseudo[name] = value;
  }
  const headers = fields.slice(at);
  const wrong = wrongField(headers) ?? wrongTarget(pseudo);
  if (wrong !== undefined) return wrong;
  return new RequestHead(pseudo, headers);
}

/** The head of a request whose headers are over the limits: `fields` is what there is room for. */
export function readLargeHead(fields: readonly Field[]): RequestHead {
  const pseudo: Partial<Record<Pseudo, string>> = {};
  for (const { name, value } of fields) {
    if (isPseudo(name) && !badValue.test(value)) pseudo[name] ??= value;
  }
  const headers = fields.filter((field) => wrongField([field]) === undefined);
  return new RequestHead(pseudo, headers, true);
}

function isPseudo(name: string): name is Pseudo {
  return name === ':method' || name === ':scheme' || name === ':authority' || name === ':path';
}

/** What is wrong with one of these headers or trailers. */
export function wrongField(fields: readonly Field[]): string | undefined {
  for (const { name, value } of fields) {
    if (!namePattern.test(name)) return `the header name ${JSON.stringify(name)}`;
    if (badValue.test(value)) return `${name} with characters that it must not have`;
    if (connectionHeaders.has(name)) return `${name}, which HTTP/2 does not have`;
    if (name === 'te' && value !== 'trailers') return 'te with something else than trailers';
  }
  return undefined;
}

function wrongTarget(pseudo: Partial<Record<Pseudo, string>>): string | undefined {
  const { ':method': method, ':scheme': scheme, ':path': path } = pseudo;
  if (method === undefined || method === '') return 'no :method';
  if (method === 'CONNECT') return 'CONNECT, which this server does not do';
  if (scheme === undefined || scheme === '') return 'no :scheme';
  if (path === undefined) return 'no :path';
  if (path.startsWith('/') || (path === '*' && method === 'OPTIONS')) return undefined;
  return 'a :path that is none';
}

export class RequestHead implements Head {
  readonly method: string;
  readonly scheme: string;
  readonly authority: string;
  readonly path: string;
  readonly headers: readonly Field[];
  readonly tooLarge: boolean;
  derived: unknown = undefined;
  /** What content-length says; -1 if it is not there, undefined if it says no length. */
  readonly declaredBytes: number | undefined;

  constructor(
    pseudo: Partial<Record<Pseudo, string>>,
    headers: readonly Field[],
    tooLarge = false,
  ) {
    this.tooLarge = tooLarge;
    this.method = pseudo[':method'] ?? '';
    this.scheme = pseudo[':scheme'] ?? '';
    this.path = pseudo[':path'] ?? '';
    this.headers = headers;
    this.authority = pseudo[':authority'] ?? this.header('host') ?? '';
    const length = this.header('content-length') ?? '-1';
    this.declaredBytes = /^(\d{1,15}|-1)$/.test(length) ? Number(length) : undefined;
  }

  header(name: string): string | undefined {
    let found: string | undefined;
    for (const field of this.headers) {
      if (field.name === name)
        found = found === undefined ? field.value : `${found}, ${field.value}`;
    }
    return found;
  }
}
