import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Attempt, HostLink } from '../../protocol/link/batch';
import { Place } from '../../serving/dispatch/place';
import { hostCatalog, modelEntry } from '../../tests/support/catalogs';
import { eventually } from '../../tests/support/processes';
import { lost, model } from '../../tests/support/scripted-hosts';
import { HostDirectory } from './host-directory';
import type { KnownHost } from './host-registry';

const link: HostLink = {
  send: () => Promise.resolve({ outcome: 'unreached', cause: 'nobody is there' }),
  giveUp: () => undefined,
  close: () => undefined,
};

/** A directory that has heard once of a host, at which nobody answers batches. */
function directoryWithHost(
  url = 'http://127.0.0.1:1',
  balancer: Place | null = null,
  onGone: (id: string) => void = () => undefined,
): HostDirectory {
  const directory = new HostDirectory({
    links: { toRunner: null, toHost: () => link, isLive: () => Promise.resolve(false) },
    secret: '',
    balancer,
    onError: () => undefined,
    onSilent: () => undefined,
    onGone,
  });
  directory.beat({
    host: 'host-1',
    url,
    ready: true,
    draining: false,
    runners: [],
    revision: '1',
  });
  return directory;
}

const ids = (directory: HostDirectory): string[] => directory.hosts().map(({ id }) => id);

describe('HostDirectory', () => {
  let directory: HostDirectory;
  let gone: string[];

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] });
    gone = [];
    directory = directoryWithHost(undefined, null, (id) => gone.push(id));
  });

  afterEach(() => {
    directory.close();
    jest.useRealTimers();
  });

  test('a host that falls silent is forgotten after five seconds', () => {
    jest.advanceTimersByTime(4_500);
    expect([ids(directory), gone]).toEqual([['host-1'], []]);
    jest.advanceTimersByTime(1_000);
    expect([ids(directory), gone]).toEqual([[], ['host-1']]);
  });

  test('while we are stopping nobody can tell us of himself, so nobody is forgotten', () => {
    directory.keep();
    jest.advanceTimersByTime(20_000);
    expect(ids(directory)).toEqual(['host-1']);
  });

  test('who waits for ever is told of a change, and can leave before', async () => {
    const gone = (hosts: readonly KnownHost[]): boolean => hosts.length === 0;
    const leaving = new AbortController();
    const left = directory.until(gone, Infinity, leaving.signal);
    const stayed = directory.until(gone, Infinity);
    leaving.abort();
    expect(await left).toBe(false);
    jest.advanceTimersByTime(5_500);
    expect(await stayed).toBe(true);
  });
});

describe('HostDirectory, what it says of a host', () => {
  let started: Awaited<ReturnType<typeof startCatalog>>;
  let directory: HostDirectory;
  const host = (): KnownHost => directory.hosts()[0]!;

  beforeAll(async () => {
    started = await startCatalog();
    directory = directoryWithHost(started.url);
    await eventually('its catalog is there', () => host().ready || undefined);
  });

  afterAll(() => {
    directory.close();
    started.server.closeAllConnections();
    started.server.close();
  });

  test('others keep what they have until it can be asked for it', () => {
    const { url } = started;
    const beat = { host: 'host-1', url, draining: false, runners: [], revision: '1' };
    directory.beat({ ...beat, ready: false, serving: ['m:1'] });
    expect(host().member).toEqual({ id: 'host-1', serving: [] });
    directory.beat({ ...beat, ready: true, serving: ['m:1'] });
    expect(host().member).toEqual({ id: 'host-1', serving: ['m:1'] });
  });

  test('it is left out while what is sent to it fails', async () => {
    const [place] = directory.serving(model, 0);
    expect(host().leftOut).toBe(false);
    await place!.send(
      { servable: model, rows: 1, segments: [], inputs: [], outputs: [] },
      Infinity,
    );
    expect(host().leftOut).toBe(true);
  });
});

/** Tells the catalog of a host that serves the model, and then of no change. */
async function startCatalog(): Promise<{ readonly server: Server; readonly url: string }> {
  const catalog = hostCatalog('host-1', [modelEntry(model.model)]);
  const server = createServer((request, response) => {
    if (!request.url!.includes('since')) response.end(JSON.stringify(catalog));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe('HostDirectory, where a batch can go with a balancer', () => {
  let now: number;
  /** Ends what was sent to the balancer, oldest first. */
  const ends: ((attempt: Attempt) => void)[] = [];
  const balancer = new Place('balancer', {
    ...link,
    send: () => new Promise((resolve) => ends.push(resolve)),
  });
  const replied: Attempt = {
    outcome: 'replied',
    reply: { host: 'host-1', outputs: [], queueUs: 0, runUs: 0 },
  };
  let server: Server;
  let directory: HostDirectory;

  const send = (): Promise<Attempt> =>
    balancer.send({ servable: model, rows: 1, segments: [], inputs: [], outputs: [] }, Infinity);
  const end = async (sent: Promise<Attempt>, attempt: Attempt): Promise<void> => {
    ends.shift()!(attempt);
    await sent;
  };
  const serving = (round = 0): string[] => directory.serving(model, round).map(({ id }) => id);

  beforeAll(async () => {
    const started = await startCatalog();
    server = started.server;
    directory = directoryWithHost(started.url, balancer);
    await eventually('its catalog is there', () => serving().length > 0 || undefined);
    now = performance.now();
    jest.spyOn(performance, 'now').mockImplementation(() => now);
  });

  afterAll(() => {
    jest.restoreAllMocks();
    directory.close();
    server.closeAllConnections();
    server.close();
  });

  test('first to it, and for a second try to the hosts', () => {
    expect([serving(), serving(1)]).toEqual([['balancer'], ['host-1']]);
  });

  test('while it is left out to the hosts; when its time is over to it, but one at a time', async () => {
    await end(send(), lost);
    expect(serving()).toEqual(['host-1']);
    now += 99;
    expect(serving()).toEqual(['host-1']);
    now += 1;
    expect(serving()).toEqual(['balancer']);
    const probe = send();
    expect(serving()).toEqual(['host-1']);
    await end(probe, replied);
    expect(serving()).toEqual(['balancer']);
  });
});
