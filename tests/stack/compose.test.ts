import { readFileSync } from 'node:fs';
import { stopCallers } from '../support/callers';
import { createStack, missingStack, type ComposeStack } from '../support/compose';
import { describeWhere } from '../support/describe-where';
import { GrpcClient, services } from '../support/grpc-client';
import { fillRegistry, registryAt } from '../support/kept-registry';
import { irisLabels, irisRequest } from '../support/iris-over-grpc';
import { startLoad } from '../support/load';
import { eventually } from '../support/processes';

const minutes = 60_000;

interface Target {
  readonly health: string;
  readonly scrapeUrl: string;
  readonly labels: Readonly<Record<string, string>>;
}

describeWhere(missingStack('v1'), 'the compose stack', () => {
  let stack: ComposeStack;

  beforeAll(async () => {
    stack = await createStack({
      tool: ['docker-compose'],
      project: 'shoaltest',
      // Far above what the engine takes to run a container again.
      environment: { NO_HOST_WAIT_MS: '60000' },
    });
    await stack.start();
  }, 8 * minutes);

  afterEach(stopCallers);

  afterAll(() => stack.stop(), 2 * minutes);

  function predict(model: string, body: unknown): Promise<Response> {
    return fetch(`${stack.url}/api/v1/models/${model}/prediction`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  }

  async function targets(): Promise<readonly Target[]> {
    const answer = await fetch(`${stack.prometheus}/api/v1/targets?state=active`);
    return ((await answer.json()) as { data: { activeTargets: Target[] } }).data.activeTargets;
  }

  /** Resolves when Prometheus scrapes so many modelhosts, and everything it scrapes is up. */
  async function scraped(modelhosts: number): Promise<readonly Target[]> {
    return await eventually(
      `${modelhosts} modelhosts among the targets, all up`,
      async () => {
        const all = await targets();
        const hosts = all.filter(({ labels }) => labels['role'] === 'modelhost');
        const up = all.every(({ health }) => health === 'up');
        return hosts.length === modelhosts && up ? all : undefined;
      },
      minutes,
    );
  }

  test.each(['/', '/api/test'])('%s greets through the edge', async (path) => {
    const answer = await fetch(stack.url + path);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ http_status: { code: 200, name: 'OK' } });
  });

  test('/help lists the routes', async () => {
    expect(await (await fetch(`${stack.url}/help`)).text()).toContain('/api/v1/models');
  });

  test('the example models are served, with results as the data say, by both hosts', async () => {
    const [, ...rows] = readFileSync('examples/data/iris.csv', 'utf8').trim().split('\n');
    const values = rows.map((row) => row.split(',').slice(0, 4).map(Number));
    expect(values.length).toBe(150);
    const answer = await predict('iris', {
      values: [
        [5.1, 3.5, 1.4, 0.2],
        [6.3, 3.3, 6, 2.5],
      ],
    });
    expect(await answer.json()).toMatchObject({ values: [0, 2], model: 'iris', version: 1 });

    const answering = new Set<string>();
    await eventually('both hosts answer', async () => {
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => predict('iris', { values })),
      );
      for (const { headers } of answers) answering.add(headers.get('shoal-modelhost') ?? '');
      return answering.size === 2 ? true : undefined;
    });
  });

  test('gRPC comes through the edge', async () => {
    const client = new GrpcClient(services.inference, stack.grpc);
    expect(await irisLabels(client, irisRequest(2))).toEqual([0, 0]);
    client.close();
    const health = new GrpcClient(services.health, stack.grpc);
    expect((await health.ask('Check')).message).toEqual({ status: 'SERVING' });
    health.close();
  });

  test(
    'Prometheus finds and scrapes every process by itself',
    async () => {
      const all = await scraped(2);
      const roles = all.map(({ labels }) => labels['role']).sort();
      expect(roles).toEqual(['inferrer', 'metrics', 'modelhost', 'modelhost']);
    },
    2 * minutes,
  );

  test(
    'one command makes five hosts of two under load, another two of them: no request fails',
    async () => {
      const growing = startLoad(stack.url);
      await growing.more(50);
      await stack.run('scripts/add-modelhost.sh', '3');
      await stack.serving(5);
      await growing.stop();
      expect(growing.failures).toEqual([]);

      const five = startLoad(stack.url);
      await eventually(
        'five hosts answer',
        async () => {
          await scraped(5);
          return five.byHost.size === 5 || undefined;
        },
        minutes,
      );
      await five.stop();
      expect(five.failures).toEqual([]);

      const shrinking = startLoad(stack.url);
      await shrinking.more(50);
      await stack.run('scripts/add-modelhost.sh', '--to', '2');
      await scraped(2);
      await shrinking.stop();
      expect(shrinking.failures).toEqual([]);
    },
    10 * minutes,
  );

  test(
    'a host that is killed fails no request and comes back',
    async () => {
      const running = startLoad(stack.url);
      const [host] = await stack.containers('modelhost');
      await running.more(200);
      process.kill(host!.State.Pid, 'SIGKILL');
      await eventually('it runs again', async () => {
        const again = (await stack.containers('modelhost')).find(({ Id }) => Id === host!.Id);
        const pid = again?.State.Pid ?? 0;
        return pid !== 0 && pid !== host!.State.Pid ? true : undefined;
      });
      await stack.serving(2);
      await running.stop();
      expect(running.failures).toEqual([]);
    },
    2 * minutes,
  );

  test(
    'each service in turn is told to stop and comes back: no request fails where another serves',
    async () => {
      const running = startLoad(stack.url);
      for (const service of ['modelhost', 'balancer', 'metrics', 'prometheus']) {
        for (const container of await stack.containers(service)) {
          await running.more(50);
          const ms = await stack.restarted(container);
          await stack.serving(2);
          process.stdout.write(`${service} restarted in ${ms} ms\n`);
        }
      }
      await running.more(50);
      await running.stop();
      expect(running.failures).toEqual([]);
    },
    4 * minutes,
  );

  test(
    'the only inferrer and the edge: requests fail while they are away, and no longer',
    async () => {
      const running = startLoad(stack.url);
      for (const service of ['inferrer', 'edge']) {
        await running.more(50);
        const [container] = await stack.containers(service);
        const ms = await stack.restarted(container!);
        await stack.serving(2);
        await running.more(200);
        const failed = running.failures.length;
        await running.more(200);
        expect(running.failures).toHaveLength(failed);
        process.stdout.write(`${service} restarted in ${ms} ms: ${failed} failures\n`);
      }
      await running.stop();
      const away =
        /^503 .*(?:not_ready|no_host|shutting_down)|ECONNREFUSED|ECONNRESET|EPIPE|socket hang up/;
      for (const failure of running.failures) expect(failure).toMatch(away);
    },
    4 * minutes,
  );

  test(
    'an upload through the edge is served by all hosts, and outlives down and up',
    async () => {
      await fillRegistry(stack.url, 'mine', 'examples/models/add-sub/1/model.onnx');
      const ones = Array.from({ length: 16 }, () => 1);
      const inputs = { INPUT0: [ones], INPUT1: [ones] };
      const twos = Array.from({ length: 16 }, () => 2);
      const expected = { outputs: { OUTPUT0: [twos] }, model: 'mine', version: 1 };
      for (let i = 0; i < 10; i += 1) {
        expect(await (await predict('mine', { inputs })).json()).toMatchObject(expected);
      }
      const before = await registryAt(stack.url, 'mine');

      await stack.compose('down');
      await stack.compose('up', '-d');
      await stack.serving(2);
      await eventually('the edge answers', async () =>
        (await fetch(stack.url)).ok ? true : undefined,
      );
      expect(await registryAt(stack.url, 'mine')).toEqual(before);
      expect(await (await predict('mine', { inputs })).json()).toMatchObject(expected);
    },
    4 * minutes,
  );

  test(
    'told to stop, every process of ours drains and exits with 0',
    async () => {
      await stack.compose('stop');
      const ids = (
        await stack.run(
          'docker',
          'ps',
          '-aq',
          '--filter',
          `name=${stack.environment['COMPOSE_PROJECT_NAME'] ?? ''}`,
        )
      )
        .trim()
        .split('\n');
      const containers = JSON.parse(await stack.run('docker', 'inspect', ...ids)) as {
        Name: string;
        State: { ExitCode: number };
      }[];
      const codes = containers.map(({ Name, State }) => [Name.split('_')[1], State.ExitCode]);
      expect(Object.fromEntries(codes)).toEqual({
        edge: 0,
        balancer: 0,
        inferrer: 0,
        modelhost: 0,
        metrics: 0,
        prometheus: 0,
      });
    },
    2 * minutes,
  );
});
