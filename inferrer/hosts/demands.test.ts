import { ShoalError } from '../../core/errors';
import type { VersionEntry } from '../../protocol/catalog';
import type { HostLink } from '../../protocol/link/batch';
import { Place } from '../../serving/dispatch/place';
import { hostCatalog, modelEntry, versionEntry } from '../../tests/support/catalogs';
import { fakeRegistry, knownHost } from '../../tests/support/fake-registry';
import { servable } from '../../tests/support/servables';
import type { CallHost, HostRequest } from '../models/host-calls';
import { createClusterPlaces } from './demands';

const asked = servable([], []);
const link = {} as HostLink;
const away: Partial<VersionEntry> = { state: 'unloaded', onDemand: true };

/** For a status: the host is frozen. */
const hangs = -1;

function untilGivenUp({ signal }: HostRequest): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => {
      reject(new ShoalError('host_lost', 'it is given up'));
    });
  });
}

/** Hosts that answer with one status after the other, and are ready where that is 200. */
function cluster(...statuses: readonly (readonly [number, string?])[]) {
  const states = new Map<string, Partial<VersionEntry>>([
    ['h1', away],
    ['h2', away],
  ]);
  const silent = new Set<string>();
  const known = () =>
    [...states].map(([id, changes]) => {
      const versions = [versionEntry(1, changes)];
      const catalog = hostCatalog(id, [modelEntry('m', { versions })]);
      return knownHost(id, { catalog, silent: silent.has(id) });
    });
  const registry = fakeRegistry(known());
  const set = (id: string, changes: Partial<VersionEntry>): void => {
    states.set(id, changes);
    registry.set(known());
  };
  const calls: (HostRequest & { readonly host: string })[] = [];
  const script = [...statuses];
  const call: CallHost = (url, request) => {
    const host = new URL(url).hostname;
    calls.push({ host, ...request });
    const [status, code = ''] = script.shift() ?? [200];
    if (status === 0) return Promise.reject(new ShoalError('host_lost', 'it has gone'));
    if (status === hangs) return untilGivenUp(request);
    if (status === 200) set(host, { state: 'ready' });
    return Promise.resolve({ host, status, body: { code, error: 'told' } });
  };
  const places = createClusterPlaces(
    {
      ...registry,
      serving: () =>
        [...states].filter(([, { state }]) => state === 'ready').map(([id]) => new Place(id, link)),
      superseded: () => false,
      changed: () => Promise.resolve(),
    },
    call,
  );
  const demand = (ms = 5_000): Promise<void> | undefined =>
    places.demand?.(asked, performance.now() + ms);
  const silence = (id: string): void => {
    silent.add(id);
    registry.set(known());
  };
  return { demand, calls, set, places, silence };
}

describe('loads that are asked for', () => {
  test('one host is asked, with the time that is left, and answers afterwards', async () => {
    const { demand, calls, places } = cluster();
    await demand();
    expect(calls).toMatchObject([
      { method: 'POST', path: '/modelhost/models/m/demand', body: { version: 1 } },
    ]);
    expect(calls[0]!.timeoutMs).toBeGreaterThan(1_000);
    expect(places.serving(asked, 0).map(({ id }) => id)).toEqual([calls[0]!.host]);
  });

  test('whoever waits for the same waits for one load', async () => {
    const { demand, calls } = cluster();
    await Promise.all([demand(), demand(), demand()]);
    expect(calls).toHaveLength(1);
  });

  test('there is nothing to ask for where somebody serves it, or nobody has it', () => {
    const { demand, set, calls } = cluster();
    set('h1', { state: 'ready' });
    expect(demand()).toBeUndefined();
    set('h1', { state: 'unloaded', placed: 'elsewhere' });
    set('h2', { state: 'unloaded', placed: 'nowhere' });
    expect(demand()).toBeUndefined();
    expect(calls).toEqual([]);
  });

  test('of hosts that are not to have it none is asked', async () => {
    for (const id of ['h1', 'h2']) {
      const { demand, set, calls } = cluster();
      set(id, { state: 'unloaded', placed: 'elsewhere' });
      await demand();
      expect(calls.map(({ host }) => host)).toEqual([id === 'h1' ? 'h2' : 'h1']);
    }
  });

  test.each([
    ['is gone', 0, ''],
    ['has no room', 507, 'insufficient_memory'],
    ['is stopping', 503, 'shutting_down'],
    ['cannot read the repository', 503, 'storage_unavailable'],
    ['has no room on its disk', 507, 'insufficient_storage'],
    ['has a fault of its own', 500, 'internal'],
  ])('where one %s the other is asked', async (_what, status, code) => {
    const { demand, calls } = cluster([status, code]);
    await demand();
    expect(new Set(calls.map(({ host }) => host)).size).toBe(2);
  });

  test('one that hangs is given up when nothing is heard of it, and the other is asked', async () => {
    const { demand, calls, silence } = cluster([hangs]);
    const loads = Promise.all([demand(), demand()]);
    silence(calls[0]!.host);
    await loads;
    expect(new Set(calls.map(({ host }) => host)).size).toBe(2);
  });

  test('one of which nothing is heard is not asked while the other may be', async () => {
    for (const id of ['h1', 'h2']) {
      const { demand, calls, silence } = cluster();
      silence(id);
      await demand();
      expect(calls.map(({ host }) => host)).toEqual([id === 'h1' ? 'h2' : 'h1']);
    }
  });

  test('what all answer is the answer; the next request asks again', async () => {
    const { demand, calls } = cluster([507, 'insufficient_memory'], [507, 'insufficient_memory']);
    await expect(demand()).rejects.toMatchObject({ code: 'insufficient_memory' });
    await demand();
    expect(calls).toHaveLength(3);
  });

  test('what would be the same anywhere is not asked elsewhere', async () => {
    const { demand, calls } = cluster([422, 'model_rejected']);
    await expect(demand()).rejects.toMatchObject({ code: 'model_rejected' });
    expect(calls).toHaveLength(1);
  });

  test('a model that has changed meanwhile is no fault: it is to be found again', async () => {
    const { demand, calls } = cluster([409, 'conflict']);
    await demand(50);
    expect(calls).toHaveLength(1);
  });
});
