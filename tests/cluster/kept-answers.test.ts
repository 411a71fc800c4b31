import { startCluster, type TestCluster } from '../support/cluster';
import { bothBalancers } from '../support/each-balancer';
import { OipRefusal } from '../support/oip-calls';
import { askAddend, plusModel } from '../support/plus-model';
import { manage, upload } from '../support/uploads';

/** One inferrer with each balancer, over the same hosts. */
const balancer = bothBalancers();

function asks(url: string): Promise<{ readonly addend: number }[]> {
  return Promise.all(Array.from({ length: 8 }, () => askAddend(url, 'kept')));
}

describe('answers that are kept', () => {
  let cluster: TestCluster;
  /** Both inferrers, and each host's own port. */
  let urls: string[];
  let version = 2;

  beforeAll(async () => {
    cluster = await startCluster({ balancer, examples: '', inferrers: 2 });
    urls = [...cluster.urls, ...(await cluster.hosts()).map(({ url }) => url)];
    const fields = { config: JSON.stringify({ response_cache: { enable: true } }) };
    for (const addend of [1, 2]) await upload(cluster.url, 'kept', plusModel(addend), { fields });
  });

  afterAll(() => cluster.stop());

  /** Makes the other version the default, which adds its number. */
  async function change(by: string): Promise<void> {
    version = 3 - version;
    const path = '/api/v1/models/kept/default';
    expect((await manage(by, 'POST', path, { default: version })).status).toBe(200);
  }

  test('are of the default at every inferrer and host, from the reply to its change on', async () => {
    for (let step = 0; step < 8; step++) {
      for (const url of urls) {
        await askAddend(url, 'kept');
        const { answer } = await askAddend(url, 'kept');
        expect(answer.host).toBe('');
      }
      await change(cluster.urls[step % 2]!);
      for (const url of urls) expect((await askAddend(url, 'kept')).addend).toBe(version);
    }
  });

  /** Resolves when questions lie there for a process, beside the news of a change, for when it goes on. */
  async function sent(url: string): Promise<{ answers: ReturnType<typeof asks> }> {
    const answers = asks(url);
    // The way to the process is kept open: a turn of the loop writes what is sent.
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    return { answers };
  }

  test('are not those of before a change that an inferrer was held up over', async () => {
    const [first, late] = cluster.urls as [string, string];
    const { pid } = cluster.inferrers[1]!;
    for (let step = 0; step < 8; step++) {
      await askAddend(late, 'kept');
      process.kill(pid, 'SIGSTOP');
      const asked = await change(first)
        .then(() => sent(late))
        .finally(() => process.kill(pid, 'SIGCONT'));
      for (const { addend } of await asked.answers) expect(addend).toBe(version);
    }
  });

  test('are gone with the model', async () => {
    for (const url of urls) await askAddend(url, 'kept');
    expect((await manage(cluster.url, 'DELETE', '/api/v1/models/kept')).status).toBe(204);
    for (const url of urls) {
      const answer = await askAddend(url, 'kept').catch((error: unknown) => error);
      expect(answer).toBeInstanceOf(OipRefusal);
      expect((answer as OipRefusal).status).toBe(404);
    }
  });
});
