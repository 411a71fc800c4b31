import { changes, comings } from '../../support/crash-scenarios';
import { dieAtEachStep, type DyingPlace } from '../../support/crash-trials';
import { describeWhere } from '../../support/describe-where';
import { freshRepository } from '../../support/model-store-host';
import { DyingBucket } from './dying-bucket';
import { inBucket, type BucketPlace } from './repository-places';
import { missingServer, S3Server } from './s3-server';

/** What is more than a state that is written is done otherwise in a bucket. */
const named = ['an upload of several files', 'the deletion of a version'];
const scenarios = [...changes.filter(({ name }) => named.includes(name)), ...comings];

describeWhere(missingServer, 'a modelhost with a bucket that dies at any command', () => {
  let server: S3Server;
  freshRepository();

  beforeAll(async () => {
    server = await S3Server.start();
  });

  afterAll(() => server.stop());

  async function dyingPlace(source?: BucketPlace): Promise<DyingPlace> {
    const place = await inBucket(server);
    if (source !== undefined) await place.copyFrom(source);
    const direct = server.client(place.prefix);
    const dying = new DyingBucket(direct, { onlyWrites: true });
    return {
      victim: { storage: place.storage(dying.client) },
      dieAfter: (commands) => {
        dying.dieAfter(commands);
      },
      dead: () => dying.dead,
      put: (name, content) => place.put(name, content),
      later() {
        const clock = (): number => Date.now() + 60_000;
        return Promise.resolve({ storage: place.storage(direct, undefined, clock) });
      },
      copy: () => dyingPlace(place),
      end: () => place.end(),
    };
  }

  test('the scenarios are there', () => {
    expect(scenarios).toHaveLength(named.length + comings.length);
  });

  test.each(scenarios)('of $name', async (scenario) => {
    expect(await dieAtEachStep(scenario, () => dyingPlace())).toBeGreaterThan(1);
  });
});
