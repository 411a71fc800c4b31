import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ModelEntry } from '../../protocol/catalog';
import { modelEntry, versionEntry } from '../../tests/support/catalogs';
import { knownHost } from '../../tests/support/fake-registry';
import { eventually } from '../../tests/support/processes';
import type { KnownHost } from '../hosts/host-registry';
import { createClusterEvents, type ClusterEvents } from './cluster-events';

interface Told {
  readonly id: string;
  readonly name: string;
  readonly data: { readonly because?: string; readonly model?: string; readonly version?: number };
}

let server: Server;
let port: number;
let events: ClusterEvents;
let hosts: readonly KnownHost[];
let models: readonly ModelEntry[] | null;

function create(keep = 1000, mostFollowers = 10, lastWordsMs = 50): ClusterEvents {
  return createClusterEvents({
    hosts: () => hosts,
    models: () => models,
    keep,
    mostFollowers,
    lastWordsMs,
    now: () => new Date(0),
  });
}

/** A version becomes the default. */
function change(version: number, model = 'm'): void {
  const rest = models!.filter(({ name }) => name !== model);
  const versions = [1, version].map((one) => versionEntry(one));
  models = [...rest, modelEntry(model, { defaultVersion: version, versions })];
  events.look();
}

beforeAll(async () => {
  server = createServer((asked, response) => {
    const url = new URL(asked.url!, 'http://x');
    const lastId = String(asked.headers['last-event-id'] ?? '');
    const model = url.searchParams.get('model') ?? undefined;
    const follows = url.searchParams.get('follow') !== 'false';
    events.follow(response, { lastId, model, follows }).catch((error: unknown) => {
      response.writeHead(503).end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

beforeEach(() => {
  hosts = [knownHost('h')];
  models = [modelEntry('m')];
  events = create();
  events.look();
});

afterEach(() => {
  events.close();
});

function open(lastId = '', query = ''): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = lastId === '' ? {} : { 'last-event-id': lastId };
    const path = `/${query}`;
    request({ port, host: '127.0.0.1', path, headers, agent: false }, resolve)
      .on('error', reject)
      .end();
  });
}

/** Reads events one by one, until the stream ends. */
async function* read(answer: IncomingMessage): AsyncGenerator<Told> {
  let rest = '';
  for await (const chunk of answer) {
    const blocks = (rest + String(chunk)).split('\n\n');
    rest = blocks.pop()!;
    for (const block of blocks) {
      const [, id, name, data] = /^id: (.*)\nevent: (.*)\ndata: (.*)$/.exec(block) ?? [];
      if (data !== undefined) yield { id: id!, name: name!, data: JSON.parse(data) as object };
    }
  }
}

/** What is there now. */
async function now(lastId = '', query = '?follow=false'): Promise<Told[]> {
  const all: Told[] = [];
  for await (const one of read(await open(lastId, query))) all.push(one);
  return all;
}

function nobodyFollows(): Promise<true> {
  return eventually('nobody follows', () => events.followers() === 0 || undefined, 5000);
}

const names = (all: readonly Told[]): string[] =>
  all.map(({ name, data }) => `${name} ${data.because ?? data.version ?? ''}`.trim());

test('who comes with nothing is told the state, then what happens from there on', async () => {
  const following = read(await open());
  const first = (await following.next()).value as Told;
  expect([first.name, first.data]).toEqual([
    'state',
    {
      at: '1970-01-01T00:00:00.000Z',
      because: 'begin',
      hosts: [{ host: 'h', state: 'ready', runners: [], loaded: [] }],
      models: [
        {
          model: 'm',
          generation: 1,
          default: 1,
          labels: {},
          unloaded: false,
          versions: [{ version: 1, live: true, state: 'ready' }],
        },
      ],
    },
  ]);
  change(2);
  const more = [];
  for (let at = 0; at < 3; at++) more.push((await following.next()).value as Told);
  expect(names(more)).toEqual(['version.stored 2', 'version.live 2', 'default.set 2']);
  await following.return(undefined);
});

test('cut after any event, it goes on with the next: none is lost or told twice', async () => {
  let last = (await now())[0]!.id;
  const seen: string[] = [];
  let version = 1;
  const talk = setInterval(() => {
    if (version < 200) change(++version);
  }, 1);
  while (!seen.includes('default.set 200')) {
    let most = 7;
    for await (const one of read(await open(last))) {
      seen.push(...names([one]));
      last = one.id;
      if (--most === 0 || seen.at(-1) === 'default.set 200') break;
    }
  }
  clearInterval(talk);
  const wanted = Array.from({ length: 199 }, (_, at) => [
    `version.stored ${at + 2}`,
    `version.live ${at + 2}`,
    `default.set ${at + 2}`,
    `version.deleted ${at + 1}`,
  ]).flat();
  // Version 1 stays, and nobody listens any more when 199 goes.
  expect(seen).toEqual(wanted.slice(0, -1).filter((name) => name !== 'version.deleted 1'));
});

test('who has missed what is not kept is told the state, and goes on from there', async () => {
  events = create(5);
  events.look();
  const [begun] = await now();
  for (const version of [2, 3, 4]) change(version);
  const after = await now(begun!.id);
  expect(names(after)).toEqual(['state gap']);
  expect(after[0]!.data).toMatchObject({ models: [{ default: 4 }] });
  expect(await now(after[0]!.id)).toEqual([]);
  change(5);
  expect(names(await now(after[0]!.id))).toContain('default.set 5');
});

test('an id of another life of the process, or of none, is answered with the state', async () => {
  const [first] = await now();
  const former = first!.id;
  events = create();
  events.look();
  expect(names(await now(former))).toEqual(['state other_life']);
  expect(names(await now('17'))).toEqual(['state other_life']);
  const [own] = await now();
  expect(names(await now(own!.id.replace(/\d+$/, '999')))).toEqual(['state other_life']);
  expect(own!.id.split('-')[0]).not.toBe(former.split('-')[0]);
});

test('that models were there before this process is told by the state', async () => {
  models = null;
  hosts = [knownHost('h', { ready: false })];
  events = create();
  events.look();
  const following = read(await open());
  const first = (await following.next()).value as Told;
  expect(first.data).toMatchObject({ models: null, hosts: [{ host: 'h', state: 'starting' }] });
  models = [modelEntry('m')];
  hosts = [knownHost('h')];
  events.look();
  const second = (await following.next()).value as Told;
  expect([second.name, second.data]).toMatchObject([
    'state',
    { because: 'gap', models: [{ model: 'm' }] },
  ]);
  change(2);
  expect(names([(await following.next()).value as Told])).toEqual(['version.stored 2']);
  await following.return(undefined);
});

test('one model alone', async () => {
  const [begun] = await now('', '?model=n&follow=false');
  expect(begun!.data).toMatchObject({ models: [] });
  change(2);
  change(3, 'n');
  const all = await now(begun!.id, '?model=n&follow=false');
  expect([...new Set(all.map(({ data }) => data.model))]).toEqual(['n']);
  expect(names(all)[0]).toBe('model.added');
});

test('there are so many followers and no more, until one goes', async () => {
  events = create(1000, 1);
  const first = await open();
  const second = await open();
  expect(second.statusCode).toBe(503);
  expect(String((await second.toArray())[0])).toMatch(/1 followers.*EVENT_FOLLOWERS/);
  first.destroy();
  await nobodyFollows();
  const third = await open('', '?follow=false');
  expect(third.statusCode).toBe(200);
  third.resume();
});

test('when the process stops they end, those too who take nothing', async () => {
  const reading = await open();
  const stuck = await open();
  reading.resume();
  stuck.pause();
  // More than the system takes over for somebody who reads nothing.
  const runner = { id: 'x'.repeat(100_000), address: 'unix:/a' };
  for (let at = 0; at < 300; at++) {
    hosts = [knownHost(`h${at}`, { runners: [runner] })];
    events.look();
  }
  events.close();
  await new Promise((resolve) => reading.on('close', resolve));
  await nobodyFollows();
  stuck.destroy();
});
