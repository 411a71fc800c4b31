import type { z } from 'zod';
import type { Logger } from '../../core/logging';
import { oneOf, parsed, setting, whole, type Settings } from '../../core/settings';
import { parseProxies } from './client-address';
import { parseOrigins } from './cors';
import { isLoopback } from './listen';
import { parseTokens } from './tokens';

function parseBasePath(text: string): string {
  if (!/^(\/[A-Za-z0-9._~-]+)*\/?$/.test(text)) {
    throw new Error('wanted a path such as /shoal, or nothing');
  }
  return text.replace(/\/$/, '');
}

/** The settings of every process that listens for HTTP, PORT excepted: see `portSetting`. */
export const httpSettings = {
  LISTEN_HOST: setting(
    parsed((text) => text),
    '127.0.0.1',
    'Address to listen on. Loopback only by default; 0.0.0.0 for all IPv4, :: for all addresses.',
  ),
  BASE_PATH: setting(parsed(parseBasePath), '', 'Path prefix of all routes, e.g. /shoal.'),
  LOG_LEVEL: setting(
    oneOf(['debug', 'info', 'warn', 'error', 'silent']),
    'info',
    'Least severity that is logged.',
  ),
  LOG_FORMAT: setting(
    oneOf(['auto', 'json', 'pretty']),
    'auto',
    'JSON lines, or a readable form; auto is readable on a terminal.',
  ),
  ACCESS_LOG: setting(
    oneOf(['all', 'sampled', 'off']),
    'sampled',
    'Which requests are logged; sampled: every failed or slow one, but ten a second of rate_limited and of overloaded, and at most 100 a second of the rest.',
  ),
  SLOW_REQUEST_MS: setting(
    whole(0, 3_600_000),
    '1000',
    'Requests that take at least so many milliseconds are slow for the access log.',
  ),
  TOKENS: setting(
    parsed(parseTokens),
    '',
    'Bearer tokens: [<name>:]<token>=<scope>[+<scope>], separated by semicolons or line ends; ' +
      'scopes are infer, manage and metrics. None: no token is asked for.',
  ),
  TOKENS_FILE: setting(
    parsed((text) => text),
    '',
    'File with more tokens in the form of TOKENS, one a line; lines starting with # are comments.',
  ),
  CLUSTER_SECRET: setting(
    parsed((text) => text),
    '',
    'What the processes of a cluster show one another; needed on all of them when there are tokens.',
  ),
  MAX_BODY_BYTES: setting(
    whole(1, 4_000_000_000),
    '67108864',
    'Largest request body, as sent and unpacked, in bytes; uploads have UPLOAD_MAX_BYTES.',
  ),
  BODIES_MAX_BYTES: setting(
    whole(1, 64_000_000_000),
    '1073741824',
    'Bytes of request bodies, also over gRPC and as unpacked, held at the same time by one process; beyond it callers get 503.',
  ),
  BODY_TIMEOUT_MS: setting(
    whole(1, 3_600_000),
    '30000',
    'Milliseconds for a request body to arrive; for uploads, the longest pause in it.',
  ),
  SEND_TIMEOUT_MS: setting(
    whole(1, 3_600_000),
    '60000',
    'Milliseconds for a caller to take more of an answer that waits for it; then it is cut off.',
  ),
  HEADERS_TIMEOUT_MS: setting(
    whole(1, 3_600_000),
    '15000',
    'Milliseconds for the request line and headers to arrive.',
  ),
  MAX_HEADER_BYTES: setting(
    whole(1024, 1_048_576),
    '16384',
    'Largest request line and headers together, in bytes.',
  ),
  MAX_CONNECTIONS: setting(
    whole(0, 1_000_000),
    '0',
    'Connections held at the same time; more are closed at once. 0: no limit.',
  ),
  KEEP_ALIVE_MS: setting(
    whole(1, 3_600_000),
    '75000',
    'Milliseconds that an idle connection is kept; must exceed what balancers in front use.',
  ),
  TRUSTED_PROXIES: setting(
    parsed(parseProxies),
    'loopback',
    'Addresses or networks (10.0.0.0/8) whose X-Forwarded-For is believed, separated by commas; ' +
      'loopback and private are words for the usual networks, none for nobody.',
  ),
  CORS_ORIGINS: setting(
    parsed(parseOrigins),
    '',
    'Origins, e.g. https://app.example.org, whose pages a browser lets use this process, with commas; * for all. None: no page but its own.',
  ),
  DRAIN_MS: setting(
    whole(0, 3_600_000),
    '20000',
    'Milliseconds that a stopping process gives the requests it has.',
  ),
};

export type HttpSettings = Settings<typeof httpSettings>;

/** PORT with the service's own default; 0 takes any free port. */
export function portSetting(fallback: number): z.ZodType<number, string | undefined> {
  return setting(whole(0, 65_535), String(fallback), 'TCP port to listen on; 0 takes a free one.');
}

/** Says loudly that everybody who reaches this process may do everything, where that is so. */
export function warnIfOpen(settings: HttpSettings, logger: Logger): void {
  const host = settings.LISTEN_HOST;
  if (isLoopback(host)) return;
  if (settings.TOKENS.length > 0 || settings.TOKENS_FILE !== '') return;
  logger.warn(
    { host },
    'LISTENING BEYOND THIS MACHINE WITHOUT TOKENS: everybody who reaches this address can use, ' +
      'replace and delete all models. Set TOKENS or TOKENS_FILE, or LISTEN_HOST=127.0.0.1.',
  );
}
