import { startCluster, type TestCluster } from '../support/cluster';
import { describeEachBalancer } from '../support/each-balancer';
import { askAddend, plusModel } from '../support/plus-model';
import { manage, upload } from '../support/uploads';

/** What the cluster should have: a model's versions by number with what they add. */
interface Known {
  readonly addends: Map<number, number>;
  last: number;
  default: number;
  description: string;
}

/** Numbers from 0 to below 1 that follow from the seed. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describeEachBalancer('100 random operations', (balancer) => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await startCluster({ balancer, examples: '' });
  });

  afterAll(() => cluster.stop());

  test('every node lists and serves what was made', async () => {
    const random = dice(balancer === 'direct' ? 7 : 11);
    const models = new Map<string, Known>();
    const lastOfDeleted = new Map<string, number>();
    const pick = <Item>(items: readonly Item[]): Item =>
      items[Math.floor(random() * items.length)]!;

    async function uploadOne(name: string, addend: number): Promise<void> {
      const { status, body } = await upload(cluster.url, name, plusModel(addend));
      const known = models.get(name) ?? {
        addends: new Map<number, number>(),
        last: lastOfDeleted.get(name) ?? 0,
        default: 0,
        description: '',
      };
      const newest = Math.max(...known.addends.keys());
      const same = [...known.addends].find(([, added]) => added === addend)?.[0];
      const number = same ?? known.last + 1;
      expect([name, status, body.version]).toEqual([name, same ? 200 : 201, number]);
      known.addends.set(number, addend);
      known.last = Math.max(known.last, number);
      // The same bytes again change the default only where they are the newest.
      if (same === undefined || same === newest) known.default = number;
      models.set(name, known);
    }

    async function deleteOne(name: string, known: Known): Promise<void> {
      const version = pick([0, ...known.addends.keys()]);
      const reference = version === 0 ? name : `${name}:${version}`;
      const { status } = await manage(cluster.url, 'DELETE', `/api/v1/models/${reference}`);
      expect([reference, status]).toEqual([reference, version === known.default ? 409 : 204]);
      if (status !== 204) return;
      if (version !== 0) {
        known.addends.delete(version);
      } else {
        models.delete(name);
        lastOfDeleted.set(name, known.last);
      }
    }

    async function changeOne(name: string, known: Known): Promise<void> {
      if (random() < 0.5) {
        known.description = `d${Math.floor(random() * 1000)}`;
        const body = { model_description: known.description };
        const { status } = await manage(cluster.url, 'POST', `/api/v1/models/${name}`, body);
        expect(status).toBe(200);
        return;
      }
      known.default = pick([...known.addends.keys()]);
      const body = { default: known.default };
      const { status } = await manage(cluster.url, 'POST', `/api/v1/models/${name}/default`, body);
      expect(status).toBe(200);
    }

    for (let turn = 1; turn <= 100; turn++) {
      const name = pick(['a', 'b', 'c', 'd']);
      const known = models.get(name);
      const what = random();
      if (known === undefined || what < 0.4) await uploadOne(name, 1 + Math.floor(random() * 6));
      else if (what < 0.65) await deleteOne(name, known);
      else await changeOne(name, known);
      if (turn % 5 === 0) await compare(cluster, models);
    }
  });
});

interface Line {
  readonly model: string;
  readonly default_version: number;
  readonly description: string;
  readonly versions: readonly { readonly version: number; readonly state: string }[];
}

/** Expects every node to list and serve just these models. */
async function compare(cluster: TestCluster, models: ReadonlyMap<string, Known>): Promise<void> {
  const expected = [...models]
    .map(([name, known]) => ({
      model: `${name}.onnx`,
      default_version: known.default,
      description: known.description,
      versions: [...known.addends.keys()],
    }))
    .sort((one, other) => (one.model < other.model ? -1 : 1));
  const nodes = [
    { url: cluster.url, path: '/api/v1/models/information' },
    ...(await cluster.hosts()).map(({ url }) => ({ url, path: '/modelhost/models/information' })),
  ];
  for (const { url, path } of nodes) {
    const { body } = await manage(url, 'GET', path);
    const lines = (body['model_list'] as Line[]).map((line) => ({
      model: line.model,
      default_version: line.default_version,
      description: line.description,
      versions: line.versions
        .filter(({ state }) => state === 'ready')
        .map(({ version }) => version),
    }));
    expect(lines).toEqual(expected);
    for (const [name, known] of models) {
      expect((await askAddend(url, name)).addend).toBe(known.addends.get(known.default));
    }
  }
}
