import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { EventLog, LoggedEvent } from './event-log';

/** So often something is sent, so that nobody on the way takes the connection for dead. */
const signOfLifeMs = 15_000;
/** After so many milliseconds clients connect again. */
const retryMs = 1000;

/** What a client is told of a log. */
export interface Telling {
  readonly log: EventLog;
  /** The last event that the client knows, as for `EventLog.after`. */
  readonly id: number;
  /** Events that it wants; absent: all. */
  readonly wants?: (event: LoggedEvent) => boolean;
  /** Told in place of what is not kept: what it has led to, with the id of the last event of that. */
  readonly instead?: () => LoggedEvent;
  /** False: ends with what is there; absent: waits for more. */
  readonly follows?: boolean;
}

/**
 * Answers with the events of a log as server-sent events, those after `id` and what comes then, and
 * resolves when the log has ended or the client has gone. A client that takes nothing is waited for:
 * what it has not read stays in the log.
 */
export async function sendEvents(response: ServerResponse, telling: Telling): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => {
    gone.abort();
  });
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  if (response.req.method === 'HEAD') {
    response.end();
    return;
  }
  const timer = setInterval(() => {
    if (response.writableLength === 0) response.write(':\n\n');
  }, signOfLifeMs);
  try {
    await written(response, `retry: ${retryMs}\n\n`, gone.signal);
    await tell(response, telling, gone.signal);
  } finally {
    clearInterval(timer);
    response.end();
  }
}

async function tell(
  response: ServerResponse,
  telling: Telling,
  signal: AbortSignal,
): Promise<void> {
  const { log, follows = true } = telling;
  let last = telling.id;
  while (!signal.aborted) {
    const next = portionAfter(last, telling);
    if (next.text !== '') await written(response, next.text, signal);
    last = next.last;
    if (next.more) continue;
    if (next.ended || !follows) return;
    await log.news(last, signal);
  }
}

/** What is written at once. */
interface Portion {
  readonly text: string;
  /** Id of the last event that it brings the client to. */
  readonly last: number;
  /** The log may have more already. */
  readonly more: boolean;
  readonly ended: boolean;
}

/** Most events in a portion: what is taken slowly is not held in the log and beside it. */
const mostAtOnce = 100;

function portionAfter(id: number, { log, wants, instead }: Telling): Portion {
  const { events, lost, ended } = log.after(id);
  if (lost > 0 && instead !== undefined) {
    const event = instead();
    return { text: asText(event, log), last: event.id, more: true, ended };
  }
  const some = events.slice(0, mostAtOnce);
  const wanted = wants === undefined ? some : some.filter(wants);
  const missed = lost > 0 ? `event: lost\ndata: {"events":${lost}}\n\n` : '';
  return {
    text: missed + wanted.map((event) => asText(event, log)).join(''),
    last: some.at(-1)?.id ?? Math.max(id, log.lastId),
    more: some.length < events.length,
    ended,
  };
}

function asText({ id, name, data }: LoggedEvent, log: EventLog): string {
  return `id: ${log.idText(id)}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

async function written(response: ServerResponse, text: string, signal: AbortSignal): Promise<void> {
  if (signal.aborted || response.write(text)) return;
  await once(response, 'drain', { signal }).catch(() => undefined);
}
