import { startCallers, stopCallers } from '../support/callers';
import { startCluster, type TestCluster } from '../support/cluster';
import { describeWhere } from '../support/describe-where';
import { missingMounts, MountedHost } from '../support/mounted-host';
import { askAddend, fragilePlusModel, plusModel } from '../support/plus-model';
import { eventually } from '../support/processes';
import { runnerPids } from '../support/runner-pids';
import { manage, upload, type Managed } from '../support/uploads';

interface Fault {
  readonly name: string;
  readonly begins: (host: MountedHost) => void;
  readonly ends: (host: MountedHost) => void;
  readonly refusal: readonly [status: number, code: string, reason: RegExp];
}

const faults: Fault[] = [
  {
    name: 'a full disk',
    begins: (host) => {
      host.fill();
    },
    ends: (host) => {
      host.makeRoom();
    },
    refusal: [507, 'insufficient_storage', /no room/i],
  },
  {
    name: 'a disk that is read-only',
    begins: (host) => {
      host.lock('ro');
    },
    ends: (host) => {
      host.lock('rw');
    },
    refusal: [507, 'insufficient_storage', /read-only/],
  },
  {
    name: 'a lost mount',
    begins: (host) => {
      host.lose();
    },
    ends: (host) => {
      host.bringBack();
    },
    refusal: [503, 'storage_unavailable', /is away/],
  },
];

describeWhere(missingMounts(), 'the repository of a modelhost has', () => {
  let cluster: TestCluster;
  let host: MountedHost;

  beforeAll(async () => {
    cluster = await startCluster({ balancer: 'direct', examples: '', hosts: 0 });
    host = new MountedHost(cluster, 'mounted');
    await cluster.ready('mounted');
    for (const addend of [1, 2]) await upload(cluster.url, 'plus', plusModel(addend));
    for (const file of [plusModel(1), fragilePlusModel()]) await upload(cluster.url, 'tried', file);
    await manage(cluster.url, 'POST', '/api/v1/models/tried/default', { default: 1 });
  });

  afterEach(stopCallers);

  afterAll(async () => {
    await host.process.end('SIGKILL');
    await cluster.stop();
  });

  /** Each kind of change; none of them is to be made. */
  async function changes(): Promise<Managed<object>[]> {
    const model = '/api/v1/models/plus';
    const variants = [{ version: 1, weight: 1 }];
    const calls = [
      ['POST', `${model}/default`, { default: 1 }],
      ['POST', model, { model_description: 'changed' }],
      ['PUT', `${model}/labels/stable`, { version: 1 }],
      ['PUT', `${model}/variants`, { variants }],
      ['DELETE', `${model}:1`],
      ['DELETE', model],
    ] as const;
    const answers: Managed<object>[] = [
      await upload(cluster.url, 'plus', plusModel(7)),
      await upload(cluster.url, 'other', plusModel(7)),
    ];
    for (const [method, path, body] of calls) {
      answers.push(await manage(cluster.url, method, path, body));
    }
    return answers;
  }

  /** Asks for the default and for the other version by turns. */
  const ask = async (seed: number): Promise<void> => {
    const of = seed % 2 === 0 ? {} : { version: 1 };
    const { addend } = await askAddend(cluster.url, 'plus', { x: seed % 1000, ...of });
    const right = seed % 2 === 0 ? 2 : 1;
    if (addend !== right) throw new Error(`${addend} instead of ${right}`);
  };

  test.each(faults)('$name: what is loaded goes on, changes say why not', async (fault) => {
    const stored = host.files();
    const callers = startCallers(4, ask);
    await callers.more(20);
    fault.begins(host);
    const [status, code, reason] = fault.refusal;
    const answers = await changes();
    expect(answers.map(({ status: told, body }) => [told, body.code])).toEqual(
      answers.map(() => [status, code]),
    );
    for (const { body } of answers) expect(body.error).toMatch(reason);
    expect(host.below()).toEqual([]);
    await callers.more(100);
    expect((await cluster.hosts()).map(({ ready }) => ready)).toEqual([true]);
    fault.ends(host);
    expect(host.files()).toEqual(stored);
    // By itself everything is possible again, and is as it was.
    const { status: again } = await manage(cluster.url, 'POST', '/api/v1/models/plus', {
      model_description: fault.name,
    });
    expect(again).toBe(200);
    const { body } = await manage(cluster.url, 'GET', '/api/v1/models/plus');
    expect(body).toMatchObject({ default_version: 2, description: fault.name });
    expect(callers.failures).toEqual([]);
  });

  test.each(faults)('$name: a canary that does worse gets nothing meanwhile', async (fault) => {
    const tried = '/api/v1/models/tried';
    const limits = { error_rate: 0.1, latency_ratio: null, min_requests: 20 };
    const plan = { version: 2, steps: [50], every: '1h', limits };
    expect((await manage(cluster.url, 'PUT', `${tried}/canary`, plan)).status).toBe(200);
    fault.begins(host);
    // Version 2 fails on all but small numbers.
    const answered = (): Promise<boolean> =>
      askAddend(cluster.url, 'tried', { x: 5 }).then(
        () => true,
        () => false,
      );
    const asked = (count: number): Promise<boolean[]> =>
      Promise.all(Array.from({ length: count }, answered));
    const [, , reason] = fault.refusal;
    const told = await eventually('it says what it waits for', async () => {
      await asked(20);
      const { body } = await manage(cluster.url, 'GET', `${tried}/canary`);
      return body['waits'] === undefined ? undefined : body;
    });
    expect(told).toMatchObject({ state: 'stepping', share: 50 });
    expect(told['waits']).toMatch(/^it is to be taken back/);
    expect(told['waits']).toMatch(reason);
    expect(await asked(100)).not.toContain(false);
    fault.ends(host);
    const state = async (): Promise<unknown> =>
      (await manage(cluster.url, 'GET', `${tried}/canary`)).body['state'];
    await eventually(
      'it is taken back',
      async () => (await state()) === 'rolled_back' || undefined,
    );
    expect(await asked(100)).not.toContain(false);
  });

  test('a lost mount, and its runner dies: it serves again when that is back', async () => {
    host.lose();
    for (const pid of runnerPids(host.process.pid)) process.kill(pid, 'SIGKILL');
    const failed = async (): Promise<true | undefined> => {
      const { body } = await manage(cluster.url, 'GET', '/api/v1/models/plus');
      return JSON.stringify(body).includes('is away') || undefined;
    };
    await eventually('the version cannot be loaded', failed);
    expect(host.below()).toEqual([]);
    host.bringBack();
    await eventually('it serves again', () => ask(2).then(() => true));
  });
});
