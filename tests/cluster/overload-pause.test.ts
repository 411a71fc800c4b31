import { ask } from '../support/ask';
import { startCluster, type TestCluster } from '../support/cluster';

const pauseMs = 100;
/** More than comes in one read, and more than BODIES_MAX_BYTES. */
const body = 'x'.repeat(2_000_000);

describe('an inferrer that refuses what is too much', () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await startCluster({
      balancer: 'direct',
      hosts: 0,
      environment: { BODIES_MAX_BYTES: '100', OVERLOAD_PAUSE_MS: String(pauseMs) },
    });
  });

  afterAll(() => cluster.stop());

  it('pauses after each turn in which it did, once it has answered', async () => {
    const url = `${cluster.url}/v2/models/any/infer`;
    const times = 5;
    const began = performance.now();
    for (let n = 0; n < times; n += 1) {
      const { status, text } = await ask(url, { body });
      expect([status, JSON.parse(text)]).toMatchObject([503, { code: 'overloaded' }]);
    }
    expect(performance.now() - began).toBeGreaterThan((times - 2) * pauseMs);
  });
});
