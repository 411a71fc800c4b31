import { describeWhere } from '../../support/describe-where';
import {
  contentsServed,
  freshRepository,
  newHost,
  serves,
  startHost,
  upload,
} from '../../support/model-store-host';
import type { Host } from '../../support/model-store-host';
import { DyingBucket } from './dying-bucket';
import { inBucket, type BucketPlace } from './repository-places';
import { missingServer, S3Server } from './s3-server';

/** Everything that is served, where nothing may be there that is not ready. */
async function allServed(host: Host): Promise<Record<string, string>> {
  const contents = await contentsServed(host);
  const states = host.store.catalog.models().flatMap(({ versions }) => versions);
  expect(states.filter(({ state }) => state !== 'ready')).toEqual([]);
  return contents;
}

interface Scenario {
  readonly name: string;
  readonly act: (host: Host, place: BucketPlace) => Promise<unknown>;
  /** What has to hold afterwards, told whether the client was told of success. */
  readonly check: (host: Host, acknowledged: boolean, contents: object) => void;
}

const both = { 'pair:1': 'first', 'pair:2': 'second' };

const scenarios: Scenario[] = [
  {
    name: 'an upload',
    act: (host) => upload(host, 'pair', 'third', { config: '{"max_batch_size":2}' }),
    check(host, acknowledged, contents) {
      const now = serves(host, 'pair');
      expect(acknowledged ? [3] : [2, 3]).toContain(now);
      expect(contents).toMatchObject(now === 3 ? { ...both, 'pair:3': 'third' } : both);
      if (now === 3) expect(host.store.catalog.resolve('pair', '').batching.maxRows).toBe(2);
    },
  },
  {
    name: 'a change of default',
    act: (host) => host.store.naming.setDefault('pair', 1),
    check(host, acknowledged, contents) {
      expect(contents).toEqual(both);
      expect(acknowledged ? [1] : [1, 2]).toContain(serves(host, 'pair'));
    },
  },
  {
    name: 'a deletion',
    act: (host) => host.store.models.remove('pair', ''),
    check(host, acknowledged, contents) {
      const now = serves(host, 'pair');
      expect(acknowledged ? [0] : [0, 2]).toContain(now);
      expect(contents).toEqual(now === 0 ? {} : both);
    },
  },
];

describeWhere(missingServer, 'a modelhost with a bucket that dies at any command', () => {
  let server: S3Server;
  freshRepository();

  beforeAll(async () => {
    server = await S3Server.start();
  });

  afterAll(() => server.stop());

  test.each(scenarios)('of $name', async ({ act, check }) => {
    const template = await inBucket(server);
    const first = await startHost('first', { storage: template.storage() });
    await upload(first, 'pair', 'first');
    await upload(first, 'pair', 'second');
    await first.store.stop();
    let finished = false;
    let commands = 0;
    for (; !finished; commands++) {
      expect(commands).toBeLessThan(100);
      const place = await inBucket(server);
      await place.copyFrom(template);
      const dying = new DyingBucket(server.client(place.prefix));
      const storage = place.storage(dying.client);
      const victim = newHost('victim', { storage, pollMs: 3_600_000, catchUpMs: 100 });
      await victim.store.start();
      dying.dieAfter(commands);
      const acknowledged = await act(victim, place).then(
        () => true,
        () => false,
      );
      finished = acknowledged && !dying.dead;
      await victim.store.stop();

      const after = await startHost('after', { storage: place.storage() });
      check(after, acknowledged, await allServed(after));
      await upload(after, 'again', 'new');
      expect(serves(after, 'again')).toBe(1);
      await after.store.stop();
      await place.end();
    }
    expect(commands).toBeGreaterThan(5);
    await template.end();
  });

  test('what an upload has left is no version, and goes when it is an hour old', async () => {
    const place = await inBucket(server);
    const dying = new DyingBucket(server.client(place.prefix));
    const victim = await startHost('victim', {
      storage: place.storage(dying.client),
      pollMs: 3_600_000,
    });
    await upload(victim, 'iris', 'one');
    dying.dieAt('create iris/2/meta.json');
    await expect(upload(victim, 'iris', 'two')).rejects.toThrow();
    const lying = ['iris/2/.arriving', 'iris/2/model.onnx'];
    expect(await place.names()).toEqual(expect.arrayContaining(lying));

    const storage = place.storage();
    const after = await startHost('after', { storage });
    await after.store.models.update();
    await after.store.models.update();
    expect(await allServed(after)).toEqual({ 'iris:1': 'one' });
    expect(await storage.clean(Date.now())).toEqual([]);
    expect(await storage.clean(Date.now() + 2 * 3_600_000)).toEqual([
      { model: 'iris', version: 2 },
    ]);
    await after.store.models.remove('iris', '');
    const left = async (): Promise<string[]> =>
      (await place.names()).filter((name) => !name.includes('/state.'));
    while ((await left()).length > 0) await after.store.models.update();
    await place.end();
  });
});
