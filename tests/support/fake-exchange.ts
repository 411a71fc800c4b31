import type { Exchange } from '../../protocol/exchange';
import { emptyNotes } from '../../serving/http/notes';

/** What a test sends to a dialect; POST of JSON unless said otherwise. */
export interface FakeCall {
  readonly method?: string;
  readonly path: string;
  readonly type?: string;
  /** Now, if not said. */
  readonly arrivedAt?: number;
  readonly body?: string | Buffer;
  readonly bodyDone?: () => void;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface FakeReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly bytes: Buffer;
}

/** An exchange without HTTP; `answered` gets each reply. Errors have to be thrown. */
export function fakeExchange(call: FakeCall, answered: (reply: FakeReply) => void): Exchange {
  const headers: Readonly<Record<string, string | undefined>> = {
    'content-type': call.type ?? 'application/json',
    ...call.headers,
  };
  return {
    method: call.method ?? 'POST',
    path: call.path,
    query: new URLSearchParams(),
    requestId: 'r-1',
    arrivedAt: call.arrivedAt ?? performance.now(),
    peer: '127.0.0.1',
    gone: false,
    signal: new AbortController().signal,
    header: (name) => headers[name],
    body: () => Promise.resolve(Buffer.from(call.body ?? '')),
    bodyDone: call.bodyDone ?? (() => undefined),
    reply(status, replyHeaders, body) {
      const parts = typeof body === 'string' || Buffer.isBuffer(body) ? [Buffer.from(body)] : body;
      const bytes = Buffer.concat(parts);
      answered({ status, headers: replyHeaders, text: bytes.toString(), bytes });
    },
    fail: () => {
      throw new Error('handlers throw');
    },
    notes: emptyNotes(),
  };
}
