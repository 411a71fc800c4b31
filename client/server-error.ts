/** What the server says of a call that failed; `code` is one of docs/errors.md. */
export class ServerError extends Error {
  readonly status: number;
  /** '' where something between here and the server has answered. */
  readonly code: string;
  /** Names the request in the server's logs. */
  readonly requestId: string;
  /** Seconds after which it may be tried again; undefined where the server does not say. */
  readonly retryAfter: number | undefined;
  /** The whole error body: some errors have a line per modelhost. */
  readonly body: Readonly<Record<string, unknown>>;

  constructor(response: Response, text: string) {
    const body = bodyOf(text);
    const said = typeof body['error'] === 'string' ? body['error'] : text.slice(0, 300);
    super(said === '' ? `status ${response.status}` : said);
    this.name = 'ServerError';
    this.status = response.status;
    this.code = typeof body['code'] === 'string' ? body['code'] : '';
    this.requestId = response.headers.get('x-request-id') ?? '';
    this.retryAfter = secondsOf(response.headers.get('retry-after'));
    this.body = body;
  }
}

/** The header has seconds, or a date where something between here and the server has answered. */
function secondsOf(after: string | null): number | undefined {
  if (after === null) return undefined;
  const seconds = /^\s*\d+\s*$/.test(after)
    ? Number(after)
    : (Date.parse(after) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}

function bodyOf(text: string): Record<string, unknown> {
  try {
    const body = JSON.parse(text) as unknown;
    return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
