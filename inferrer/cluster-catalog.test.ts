import type { HostLink } from '../protocol/link/batch';
import { modelEntry } from '../tests/support/catalogs';
import { CatalogServer } from '../tests/support/catalog-server';
import { eventually } from '../tests/support/processes';
import { ClusterCatalog } from './cluster-catalog';
import { HostDirectory } from './hosts/host-directory';

const nowhere: HostLink = {
  send: () => Promise.resolve({ outcome: 'unreached', cause: 'nobody is there' }),
  giveUp: () => undefined,
  close: () => undefined,
};

const generation = (number: number) => [modelEntry('iris', { generation: number })];

describe('ClusterCatalog, looking again', () => {
  let hosts: CatalogServer[];
  let directory: HostDirectory;
  let catalog: ClusterCatalog;
  const known = (): number => catalog.resolve('iris', '').generation;

  beforeEach(async () => {
    hosts = await Promise.all(['a', 'b'].map((id) => CatalogServer.start(id, generation(1))));
    directory = new HostDirectory({
      links: { toRunner: null, toHost: () => nowhere, isLive: () => Promise.resolve(true) },
      secret: '',
      balancer: null,
      onError: () => undefined,
      onSilent: () => undefined,
      onGone: () => undefined,
    });
    catalog = new ClusterCatalog(directory, 1_000);
    for (const [index, { url }] of hosts.entries()) {
      const beat = { ready: true, draining: false, runners: [], revision: '1' };
      directory.beat({ host: `host-${index}`, url, ...beat });
    }
    await eventually(
      'both have told and are followed',
      () => (directory.taking().length === 2 && hosts.every((host) => host.followed)) || undefined,
    );
    for (const host of hosts) host.reads = 0;
  });

  afterEach(() => {
    directory.close();
    for (const host of hosts) host.close();
  });

  test('many who look at the same time read the catalog of each host once', async () => {
    for (const host of hosts) host.change(generation(2), 'silently');
    const lookAndTell = async (): Promise<number> => {
      await catalog.refresh('iris');
      return known();
    };
    const seen = await Promise.all(Array.from({ length: 50 }, lookAndTell));
    expect(new Set(seen)).toEqual(new Set([2]));
    expect(hosts.map(({ reads }) => reads)).toEqual([1, 1]);
  });

  test('who comes while one looks is told by the next what has changed meanwhile', async () => {
    const [host] = hosts;
    host!.frozen = true;
    const first = catalog.refresh('iris');
    await eventually('it looks', () => host!.reads === 1 || undefined);
    host!.change(generation(2), 'silently');
    const second = catalog.refresh('iris').then(known);
    host!.thaw();
    await first;
    expect(await second).toBe(2);
    expect(host!.reads).toBe(2);
  });

  test('a host that does not answer is not waited for once another tells of what is newer', async () => {
    const [frozen, other] = hosts;
    frozen!.frozen = true;
    const began = performance.now();
    const looked = catalog.refresh('iris', Infinity, 1);
    await eventually('the other is read', () => other!.reads === 1 || undefined);
    // By the long poll: it told its runners before it acts on it.
    other!.change(generation(2));
    await looked;
    expect(known()).toBe(2);
    // Less than a host may take to answer.
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  test('what is no news does not end it before all have answered', async () => {
    const [frozen, other] = hosts;
    frozen!.frozen = true;
    frozen!.change(generation(2), 'silently');
    const looked = catalog.refresh('iris', Infinity, 1).then(known);
    await eventually(
      'both are read',
      () => (frozen!.reads === 1 && other!.reads === 1) || undefined,
    );
    other!.change([...generation(1), modelEntry('mnist')]);
    await eventually('the other has told', () => catalog.models().length === 2 || undefined);
    frozen!.thaw();
    expect(await looked).toBe(2);
  });
});
