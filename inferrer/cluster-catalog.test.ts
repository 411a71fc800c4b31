import { ShoalError } from '../core/errors';
import { answering } from '../protocol/answering';
import type { DefaultAnswer, ModelEntry, VersionState } from '../protocol/catalog';
import type { HostLink } from '../protocol/link/batch';
import { withDefaultAnswers } from '../serving/default-answers';
import { resolved } from '../serving/resolved';
import { context, floats, request, servable } from '../tests/support/servables';
import { modelEntry, versionEntry } from '../tests/support/catalogs';
import { CatalogServer } from '../tests/support/catalog-server';
import { eventually } from '../tests/support/processes';
import { ClusterCatalog } from './cluster-catalog';
import { HostDirectory } from './hosts/host-directory';

const nowhere: HostLink = {
  send: () => Promise.resolve({ outcome: 'unreached', cause: 'nobody is there' }),
  giveUp: () => undefined,
  close: () => undefined,
};

function newDirectory(): HostDirectory {
  return new HostDirectory({
    links: { toRunner: null, toHost: () => nowhere, isLive: () => Promise.resolve(true) },
    secret: '',
    balancer: null,
    onError: () => undefined,
    onSilent: () => undefined,
    onGone: () => undefined,
  });
}

/** Tells of a host with this catalog. */
function beat(directory: HostDirectory, host: string, { url }: CatalogServer): void {
  directory.beat({ host, url, ready: true, draining: false, runners: [], revision: '1' });
}

const generation = (number: number) => [modelEntry('iris', { generation: number })];

describe('ClusterCatalog, looking again', () => {
  let hosts: CatalogServer[];
  let directory: HostDirectory;
  let catalog: ClusterCatalog;
  const known = (): number => catalog.resolve('iris', '').generation;

  beforeEach(async () => {
    hosts = await Promise.all(['a', 'b'].map((id) => CatalogServer.start(id, generation(1))));
    directory = newDirectory();
    catalog = new ClusterCatalog(directory, 1_000);
    for (const [index, host] of hosts.entries()) beat(directory, `host-${index}`, host);
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

describe('ClusterCatalog, of a version that cannot answer', () => {
  const defaultAnswer: DefaultAnswer = {
    afterMs: null,
    outputs: [
      { name: 'label', datatype: 'INT64', shape: [1], base64: 'BwAAAAAAAAA=' },
      { name: 'scores', datatype: 'FP32', shape: [1, 3], base64: 'AAAAAAAAAAAAAAAA' },
    ],
  };
  const reason = 'it killed its runner twice';
  const versions = (state: VersionState) => [versionEntry(1, { state, reason, defaultAnswer })];
  const opened: { close: () => void }[] = [];
  let catalog: ClusterCatalog;

  afterEach(() => {
    for (const one of opened.splice(0)) one.close();
  });

  const rows = [floats('X', [1, 4], [1, 2, 3, 4])];

  /** What a caller of the only model gets: the error that a default answer stands for, or an error. */
  async function outcome(entry: Partial<ModelEntry>, version = ''): Promise<string> {
    const host = await CatalogServer.start('a', [modelEntry('iris', entry)]);
    const directory = newDirectory();
    opened.push(directory, host);
    catalog = new ClusterCatalog(directory, 1_000);
    beat(directory, 'a', host);
    await eventually('it has told', () => catalog.known || undefined);
    const infer = resolved(
      catalog,
      withDefaultAnswers(
        () => undefined,
        () => Promise.reject(new Error('a version that cannot answer was asked')),
      ),
    );
    const asked = { ...request(servable([], []), rows), model: 'iris', version };
    try {
      return `default for ${(await infer(asked, context())).defaultFor}`;
    } catch (error) {
      return error instanceof ShoalError ? error.code : String(error);
    }
  }

  test.each<VersionState>(['failed', 'loading', 'new'])(
    'its default answer stands for that it is %s, by whatever name it is asked',
    async (state) => {
      const entry = { versions: versions(state), labels: { stable: 1 } };
      expect(await outcome(entry)).toBe('default for model_not_ready');
      for (const version of ['', '1', 'stable']) {
        const standIn = answering(catalog, { model: 'iris', version });
        expect(standIn).toMatchObject({ version: 1, defaultAnswer });
        expect(standIn.refusal).toContain(reason);
      }
      // Who asks how it is, is told.
      expect(() => catalog.resolve('iris', '')).toThrow(reason);
    },
  );

  test('without a default answer it is refused', async () => {
    const plain = [versionEntry(1, { state: 'failed', reason })];
    expect(await outcome({ versions: plain })).toBe('model_not_ready');
  });

  test('a version or a model that is gone has none', async () => {
    expect(await outcome({ versions: versions('failed') }, '7')).toBe('unknown_version');
    expect(await outcome({ versions: versions('unloaded') })).toBe('unknown_model');
    expect(await outcome({ versions: versions('unloaded'), unloaded: true })).toBe(
      'unknown_version',
    );
    // One of its versions is still on its way out.
    const going = [...versions('failed'), versionEntry(2, { state: 'draining' })];
    expect(await outcome({ versions: going, unloaded: true })).toBe('model_not_ready');
    const replaced = [...versions('draining'), versionEntry(2)];
    expect(await outcome({ versions: replaced })).toBe('model_not_ready');
  });
});
