import type { IncomingMessage, ServerResponse } from 'node:http';
import type { NodeExchange } from './node-exchange';

/** Origins whose pages may use a server: some, all, or none. */
export type Origins = ReadonlySet<string> | 'all' | 'none';

/** Reads origins with commas between them; `*` is all, nothing none. Throws an Error. */
export function parseOrigins(text: string): Origins {
  if (text === '') return 'none';
  const origins = new Set(text.split(',').map((origin) => origin.trim()));
  if (origins.has('*') && origins.size === 1) return 'all';
  for (const origin of origins) {
    if (!isOrigin(origin)) {
      throw new Error('wanted origins such as https://app.example.org, or * for all');
    }
  }
  return origins;
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text;
}

/** What pages may read of an answer beside what they always may. */
const exposed = [
  'content-length',
  'inference-header-content-length',
  'retry-after',
  'shoal-batch-rows',
  'shoal-cache',
  'shoal-default-answer',
  'shoal-modelhost',
  'x-request-id',
].join(', ');

/** Seconds for which a browser need not ask again whether it may send such a request. */
const rememberedSeconds = 600;

/**
 * Has a browser let pages of these origins read the answer. Resolves a browser's question before the
 * request itself, which has no token; true where that is what came.
 */
export function answerCors(
  origins: Origins,
  exchange: NodeExchange,
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
): boolean {
  const { origin } = request.headers;
  if (origin === undefined || origins === 'none') return false;
  if (origins !== 'all') response.setHeader('vary', 'origin');
  if (origins !== 'all' && !origins.has(origin)) return false;
  response.setHeader('access-control-allow-origin', origins === 'all' ? '*' : origin);
  const method = request.headers['access-control-request-method'];
  if (request.method !== 'OPTIONS' || method === undefined) {
    response.setHeader('access-control-expose-headers', exposed);
    return false;
  }
  permit(exchange, request);
  return true;
}

function permit(exchange: NodeExchange, { url = '/', headers }: IncomingMessage): void {
  const names = headers['access-control-request-headers'];
  exchange.aim(url);
  exchange.reply(
    204,
    {
      'access-control-allow-methods': 'GET, HEAD, POST, PUT, DELETE',
      ...(names === undefined ? {} : { 'access-control-allow-headers': names }),
      'access-control-max-age': String(rememberedSeconds),
    },
    '',
  );
}
