import { startCallers, stopCallers, type Callers } from '../support/callers';
import { startCluster, type TestCluster } from '../support/cluster';
import { describeEachBalancer } from '../support/each-balancer';
import { OipRefusal } from '../support/oip-calls';
import { askAddend, plusModel } from '../support/plus-model';
import { manage, upload } from '../support/uploads';

describeEachBalancer('changes of a model under load', (balancer) => {
  let cluster: TestCluster;
  /** Both inferrers, and each host's own port. */
  let urls: string[];

  beforeAll(async () => {
    cluster = await startCluster({ balancer, examples: '', inferrers: 2 });
    urls = [...cluster.urls, ...(await cluster.hosts()).map(({ url }) => url)];
  });

  afterAll(() => cluster.stop());

  afterEach(stopCallers);

  /** Asks at every url in turn; each answer must be from after what was acknowledged before it. */
  function follow(model: string, steps: readonly number[], at: Progress): Callers {
    return startCallers(8, async (seed) => {
      const from = at.acknowledged;
      const { addend } = await askAddend(urls[seed % urls.length]!, model, { x: seed % 1000 });
      const possible = steps.slice(from, at.asked + 1);
      if (!possible.includes(addend)) throw new Error(`${addend} instead of ${possible.join()}`);
    });
  }

  test('the default is switched 50 times: nothing fails and nothing is stale', async () => {
    await upload(cluster.url, 'switched', plusModel(1));
    await upload(cluster.url, 'switched', plusModel(2));
    const steps = Array.from({ length: 51 }, (_, step) => 2 - (step % 2));
    const at: Progress = { acknowledged: 0, asked: 0 };
    const callers = follow('switched', steps, at);
    for (let step = 1; step < steps.length; step++) {
      at.asked = step;
      const change = { default: steps[step] };
      // By one inferrer and the other in turn.
      const by = cluster.urls[step % 2]!;
      const { status } = await manage(by, 'POST', '/api/v1/models/switched/default', change);
      expect(status).toBe(200);
      at.acknowledged = step;
      for (const url of urls) expect((await askAddend(url, 'switched')).addend).toBe(steps[step]);
    }
    await callers.more(20);
    expect(callers.failures).toEqual([]);
  });

  test('new versions are uploaded: nothing fails and nothing is stale', async () => {
    const steps = [1, 2, 3, 4, 5, 6];
    await upload(cluster.url, 'renewed', plusModel(1));
    const at: Progress = { acknowledged: 0, asked: 0 };
    const callers = follow('renewed', steps, at);
    await callers.more(20);
    for (const [step, addend] of steps.entries()) {
      if (step === 0) continue;
      at.asked = step;
      const { status } = await upload(cluster.urls[step % 2]!, 'renewed', plusModel(addend));
      expect(status).toBe(201);
      at.acknowledged = step;
      await callers.more(20);
    }
    expect(callers.failures).toEqual([]);
  });

  test('a model is deleted: no call that begins after the 204 is answered', async () => {
    await upload(cluster.url, 'deleted', plusModel(1));
    let deleting = false;
    let gone = false;
    const callers = startCallers(8, async (seed) => {
      const before = gone;
      const { status, text } = await askedAt(urls[seed % urls.length]!, 'deleted');
      const allowed = before ? [404] : deleting ? [200, 404] : [200];
      if (!allowed.includes(status)) throw new Error(`${text} ${before ? 'after' : 'before'}`);
    });
    await callers.more(100);
    deleting = true;
    const answer = await fetch(`${cluster.url}/api/v1/models/deleted`, { method: 'DELETE' });
    gone = true;
    expect([answer.status, await answer.text()]).toEqual([204, '']);
    await callers.more(100);
    expect(callers.failures).toEqual([]);
    for (const url of cluster.urls) {
      const { body } = await manage(url, 'GET', '/api/v1/models');
      expect(body['model_list']).not.toContain('deleted.onnx');
    }
    const again = await upload(cluster.url, 'deleted', plusModel(1));
    expect([again.status, again.body.version]).toEqual([201, 2]);
  });
});

/** Indexes into the steps: the last change that was asked for, and that was answered. */
interface Progress {
  asked: number;
  acknowledged: number;
}

async function askedAt(url: string, model: string): Promise<{ status: number; text: string }> {
  try {
    await askAddend(url, model);
    return { status: 200, text: '' };
  } catch (error) {
    if (error instanceof OipRefusal) return error;
    throw error;
  }
}
