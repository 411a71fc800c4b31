import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EventLog } from './event-log';
import { sendEvents } from './event-stream';

describe('a log', () => {
  const names = (log: EventLog, id: number): string[] =>
    log.after(id).events.map(({ id: own, name }) => `${own} ${name}`);

  test('goes on after any event that it keeps, and says what it has lost', () => {
    const log = new EventLog(3);
    for (const name of ['a', 'b', 'c', 'd', 'e']) log.add(name, {});
    expect(names(log, 3)).toEqual(['4 d', '5 e']);
    expect(names(log, 5)).toEqual([]);
    expect(log.after(0)).toMatchObject({ lost: 2, ended: false });
    expect(log.after(2)).toMatchObject({ lost: 0 });
    expect(names(log, 99)).toEqual([]);
  });

  test('keeps so many and no more, however many there were', () => {
    const log = new EventLog(3);
    for (let count = 1; count <= 20; count++) {
      log.add('e', {});
      expect(names(log, 0)).toHaveLength(Math.min(count, 3));
      expect(log.after(0).lost).toBe(Math.max(0, count - 3));
      expect(names(log, count - 1)).toEqual([`${count} e`]);
    }
  });

  test('knows its own ids again, and takes none for one of another log or none', () => {
    const [log, other] = [new EventLog(3), new EventLog(3)];
    for (const each of [log, other]) for (const name of ['a', 'b']) each.add(name, {});
    expect([0, 1, 2].map((id) => log.idIn(log.idText(id)))).toEqual([0, 1, 2]);
    const text = log.idText(1);
    const foreign = [other.idText(1), log.idText(3), '', '1', 'x', `${text}.5`, `${text}x`];
    expect(foreign.map((id) => log.idIn(id))).toEqual(foreign.map(() => undefined));
  });

  test('wakes who waits: for news, at the end, and when they go', async () => {
    const log = new EventLog(3);
    const gone = new AbortController();
    const left = log.news(0, gone.signal);
    gone.abort();
    await left;
    const { signal } = new AbortController();
    const first = log.news(0, signal);
    log.add('a', {});
    await first;
    const last = log.news(1, signal);
    log.end();
    await last;
    log.add('b', {});
    expect(log.after(0)).toMatchObject({ events: [{ name: 'a' }], ended: true });
  });
});

describe('a stream', () => {
  let log: EventLog;
  let server: Server;
  let port: number;

  beforeAll(async () => {
    server = createServer((request, response) => {
      const id = log.idIn(String(request.headers['last-event-id'] ?? '')) ?? 0;
      void sendEvents(response, { log, id });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ({ port } = server.address() as AddressInfo);
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  beforeEach(() => {
    log = new EventLog(1000);
  });

  const open = (id: string): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const headers = id === '' ? {} : { 'last-event-id': id };
      get({ port, host: '127.0.0.1', headers, agent: false }, resolve).on('error', reject);
    });

  /** Reads until the stream ends, or has said so many events; then it is cut. */
  async function read(id: string, most = Infinity): Promise<string[]> {
    const answer = await open(id);
    const events: string[] = [];
    let rest = '';
    for await (const chunk of answer) {
      const blocks = (rest + String(chunk)).split('\n\n');
      rest = blocks.pop()!;
      for (const block of blocks) {
        const [, own] = /^id: (.+)$/m.exec(block) ?? [];
        if (own !== undefined && events.length < most) events.push(own);
        if (block.startsWith('event: lost')) events.push('lost');
      }
      if (events.length >= most) break;
    }
    return events;
  }

  test('cut anywhere and followed again, it has every event once', async () => {
    const all = Array.from({ length: 500 }, (_, at) => log.idText(at + 1));
    let said = 0;
    const talk = setInterval(() => {
      for (let more = 0; more < 25; more++) if (said < 500) log.add('step', { at: ++said });
      if (said === 500) log.end();
    }, 1);
    const seen: string[] = [];
    while (seen.at(-1) !== all.at(-1)) seen.push(...(await read(seen.at(-1) ?? '', 37)));
    clearInterval(talk);
    expect(seen).toEqual(all);
    expect(await read(log.idText(500))).toEqual([]);
  });

  test('what is not kept any more is told as lost', async () => {
    log = new EventLog(2);
    for (const name of ['a', 'b', 'c', 'd']) log.add(name, {});
    log.end();
    expect(await read(log.idText(1))).toEqual(['lost', log.idText(3), log.idText(4)]);
  });

  test('it is what browsers take for events', async () => {
    log.add('stored', { model: 'a\nb' });
    log.end();
    const answer = await open('');
    expect(answer.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
    });
    let text = '';
    for await (const chunk of answer) text += String(chunk);
    const id = log.idText(1);
    expect(text).toBe(`retry: 1000\n\nid: ${id}\nevent: stored\ndata: {"model":"a\\nb"}\n\n`);
  });
});
