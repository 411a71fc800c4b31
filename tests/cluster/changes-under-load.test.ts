import { rmSync } from 'node:fs';
import path from 'node:path';
import { addendWays, labelled, type AddendWays } from '../support/addend-ways';
import { startCallers, stopCallers, type Callers } from '../support/callers';
import { startCluster, type TestCluster } from '../support/cluster';
import { describeEachBalancer } from '../support/each-balancer';
import { OipRefusal } from '../support/oip-calls';
import { askAddend, plusModel } from '../support/plus-model';
import { eventually } from '../support/processes';
import { sumOf } from '../support/samples';
import { manage, upload } from '../support/uploads';

/** Of the default, with each balancer; of the label a fifth. */
const switches = Number(process.env['SWITCHES'] ?? 50);

describeEachBalancer('changes of a model under load', (balancer) => {
  let cluster: TestCluster;
  /** Both inferrers, and each host's own port. */
  let urls: string[];
  let ways: AddendWays;

  beforeAll(async () => {
    cluster = await startCluster({ balancer, examples: '', inferrers: 2 });
    urls = [...cluster.urls, ...(await cluster.hosts()).map(({ url }) => url)];
    ways = await addendWays(cluster);
  });

  afterAll(async () => {
    ways.close();
    await cluster.stop();
  });

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

  /** The same over every way to ask, of the default and of a label that move apart. */
  function followByAllWays(model: string, steps: readonly number[], both: BothNames): Callers {
    return startCallers(8, async (seed) => {
      const [way, ask] = ways.of(seed);
      const at = way.startsWith(labelled) ? both.label : both.standard;
      const from = at.acknowledged;
      const addend = await ask(model, seed % 1000);
      const possible = steps.slice(from, at.asked + 1);
      if (!possible.includes(addend)) {
        throw new Error(`${addend} instead of ${possible.join()} by ${way}`);
      }
    });
  }

  test('default and label are switched: nothing fails, nothing is stale', async () => {
    const models = '/api/v1/models/switched';
    await upload(cluster.url, 'switched', plusModel(1));
    await upload(cluster.url, 'switched', plusModel(2));
    const steps = Array.from({ length: switches + 1 }, (_, step) => 2 - (step % 2));
    const change = async (
      step: number,
      at: Progress,
      [method, path, body]: readonly [string, string, object],
    ): Promise<void> => {
      at.asked = step;
      // By one inferrer and the other in turn.
      const { status } = await manage(cluster.urls[step % 2]!, method, path, body);
      expect(status).toBe(200);
      at.acknowledged = step;
    };
    const both = { standard: begun(), label: begun() };
    await change(0, both.label, ['PUT', `${models}/labels/live`, { version: 2 }]);
    const callers = followByAllWays('switched', steps, both);
    for (let step = 1; step < steps.length; step++) {
      const version = steps[step];
      await change(step, both.standard, ['POST', `${models}/default`, { default: version }]);
      for (const url of urls) expect((await askAddend(url, 'switched')).addend).toBe(version);
      if (step % 5 !== 0) continue;
      const moved = { version: steps[step / 5] };
      await change(step / 5, both.label, ['PUT', `${models}/labels/live`, moved]);
    }
    await callers.more(20);
    expect(callers.failures).toEqual([]);
    expect(ways.unasked()).toEqual([]);
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

  test('variants share requests by weight, and by a header; nothing fails, nothing is stale', async () => {
    const variants = '/api/v1/models/tried/variants';
    await upload(cluster.url, 'tried', plusModel(1));
    await upload(cluster.url, 'tried', plusModel(2));
    const ask = async (url: string, headers: Record<string, string> = {}): Promise<number> => {
      const body = JSON.stringify({ values: [1] });
      const type = { 'content-type': 'application/json' };
      const init = { method: 'POST', body, headers: { ...type, ...headers } };
      const answer = await fetch(`${url}/api/v1/models/tried/prediction`, init);
      const text = await answer.text();
      if (answer.status !== 200) throw new Error(text);
      const { values, version } = JSON.parse(text) as { values: number[][]; version: number };
      expect(values).toEqual([[1 + version]]);
      return version;
    };
    const weights = [70, 30].map((weight, at) => ({ version: at + 1, weight }));
    const sticky = { header: 'x-user' };
    const set = await manage(cluster.url, 'PUT', variants, { variants: weights, sticky });
    expect(set.status).toBe(200);
    const shares = [0, 0];
    for (let turn = 0; turn < 40; turn += 1) {
      const asked = Array.from({ length: 25 }, (_, at) => ask(urls[(turn + at) % urls.length]!));
      for (const version of await Promise.all(asked)) shares[version - 1]! += 1;
    }
    expect(shares[0]).toBeGreaterThan(0.8 * 700);
    expect(shares[1]).toBeGreaterThan(0.8 * 300);
    const users = await Promise.all(
      Array.from({ length: 20 }, async (_, user) => {
        const asked = await Promise.all(urls.map((url) => ask(url, { 'x-user': `u${user}` })));
        return new Set(asked).size;
      }),
    );
    expect(new Set(users)).toEqual(new Set([1]));
    // Who names a version or a label gets it.
    for (const url of urls) {
      const asked = Array.from({ length: 10 }, () => askAddend(url, 'tried', { version: 1 }));
      for (const { addend } of await Promise.all(asked)) expect(addend).toBe(1);
    }
    expect((await fetch(cluster.urls[1]! + variants, { method: 'DELETE' })).status).toBe(204);
    for (const url of [...urls, ...urls, ...urls]) expect(await ask(url)).toBe(2);
  });

  test('a shadow gets every request and answers none', async () => {
    await upload(cluster.url, 'shadowed', plusModel(1));
    await upload(cluster.url, 'shadowed', plusModel(2));
    const [url] = cluster.urls as [string];
    const variants = '/api/v1/models/shadowed/variants';
    const shadow = { version: 1, share: 1 };
    expect((await manage(url, 'PUT', variants, { shadow })).status).toBe(200);
    expect((await manage(url, 'GET', variants)).body).toMatchObject({ variants: [], shadow });
    const of = (outcome: string): Promise<number> =>
      sumOf(url, new RegExp(`^shoal_shadow_requests_total.*shadowed.*"${outcome}"`));
    // One after the other, as copies are dropped where the machine has no time for them.
    for (let turn = 1; turn <= 20; turn += 1) {
      expect((await askAddend(url, 'shadowed')).addend).toBe(2);
      const answered = async (): Promise<true | undefined> =>
        (await of('\\w+')) === turn || undefined;
      await eventually('its copy is answered', answered);
    }
    expect(await of('different')).toBe(20);
    expect(await sumOf(url, /^shoal_shadow_largest_difference.*shadowed/)).toBe(1);
  });

  test('a version that one host cannot serve gets no name on any', async () => {
    const models = '/api/v1/models/damaged';
    await upload(cluster.url, 'damaged', plusModel(1));
    await upload(cluster.url, 'damaged', plusModel(2));
    // The hosts that have it loaded go on; one that comes now cannot load it.
    rmSync(path.join(cluster.repository, 'damaged/1/model.onnx'));
    const last = cluster.addHost();
    const known = [...cluster.modelhosts.keys()];
    await cluster.ready(...known);
    const callers = follow('damaged', [2], begun());
    for (const [method, at, body] of [
      ['POST', `${models}/default`, { default: 1 }],
      ['PUT', `${models}/labels/stable`, { version: 1 }],
    ] as const) {
      const refused = await manage(cluster.urls[1]!, method, at, body);
      expect([refused.status, refused.body.code]).toEqual([422, 'model_rejected']);
      expect(refused.body.error).toMatch(
        new RegExp(`Modelhost ${last.name} cannot serve version 1 .*Nothing has changed`),
      );
      const lines = refused.body['hosts'] as { host: string; state: string; reason?: string }[];
      expect(lines.map(({ host }) => host).sort()).toEqual(known.sort());
      expect(lines.filter(({ state }) => state === 'failed')).toMatchObject([
        { host: last.name, reason: expect.stringMatching(/./) as string },
      ]);
    }
    await callers.more(100);
    expect(callers.failures).toEqual([]);
    for (const url of cluster.urls) {
      expect((await manage(url, 'GET', `${models}/labels`)).body['labels']).toEqual({});
      const { body } = await manage(url, 'GET', models);
      expect(body['default_version']).toBe(2);
    }
  });
});

/** Indexes into the steps: the last change that was asked for, and that was answered. */
interface Progress {
  asked: number;
  acknowledged: number;
}

function begun(): Progress {
  return { asked: 0, acknowledged: 0 };
}

interface BothNames {
  readonly standard: Progress;
  readonly label: Progress;
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
