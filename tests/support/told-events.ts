/** One server-sent event, and when it came, of `performance`. */
export interface ToldEvent {
  readonly id: string;
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly atMs: number;
}

/** Events of a stream, one by one, until it ends. */
export async function* eventsIn(body: AsyncIterable<Uint8Array>): AsyncGenerator<ToldEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const blocks = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
    rest = blocks.pop()!;
    for (const block of blocks) {
      const [, id, name, data] = /^id: (.*)\nevent: (.*)\ndata: (.*)$/.exec(block) ?? [];
      if (data === undefined) continue;
      const read = JSON.parse(data) as ToldEvent['data'];
      yield { id: id!, name: name!, data: read, atMs: performance.now() };
    }
  }
}

/** What an inferrer has to tell now, after an event that is known. */
export async function eventsNow(url: string, lastId = '', model = ''): Promise<ToldEvent[]> {
  const headers = { 'last-event-id': lastId };
  const only = model === '' ? '' : `&model=${model}`;
  const answer = await fetch(`${url}/api/v1/events?follow=false${only}`, { headers });
  if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
  const all: ToldEvent[] = [];
  for await (const event of eventsIn(answer.body!)) all.push(event);
  return all;
}

/** Somebody who follows the events of an inferrer, or of the edge. */
export class Follower {
  readonly seen: ToldEvent[] = [];
  /** Resolves when the stream has ended. */
  readonly ended: Promise<void>;
  readonly #stop = new AbortController();

  constructor(url: string) {
    this.ended = this.#read(url).catch((error: unknown) => {
      if (!this.#stop.signal.aborted) throw error;
    });
    this.ended.catch(() => undefined);
  }

  stop(): void {
    this.#stop.abort();
  }

  /** The first event of that name that says that; undefined: it has not come. */
  find(name: string, said: object): ToldEvent | undefined {
    const wanted = Object.entries(said);
    return this.seen.find(
      (event) => event.name === name && wanted.every(([key, value]) => event.data[key] === value),
    );
  }

  async #read(url: string): Promise<void> {
    const answer = await fetch(`${url}/api/v1/events`, { signal: this.#stop.signal });
    for await (const event of eventsIn(answer.body!)) this.seen.push(event);
  }
}
