import { status } from '@grpc/grpc-js';
import { createStack, missingStack, type ComposeStack } from '../support/compose';
import { describeWhere } from '../support/describe-where';
import { GrpcClient, services } from '../support/grpc-client';
import { irisRequest } from '../support/iris-over-grpc';

const minutes = 60_000;

describeWhere(missingStack('v2'), 'the compose stack by Compose v2', () => {
  let stack: ComposeStack;

  beforeAll(async () => {
    stack = await createStack({
      tool: ['docker', 'compose'],
      project: 'shoaltestv2',
      environment: {
        TOKENS: 'mine=infer+manage+metrics',
        CLUSTER_SECRET: 'among us',
        BASE_PATH: '/shoal',
      },
    });
    await stack.start();
  }, 8 * minutes);

  afterAll(() => stack.stop(), 2 * minutes);

  function predict(token: string, more: Readonly<Record<string, string>> = {}): Promise<Response> {
    return fetch(`${stack.url}/api/v1/models/iris/prediction`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...more },
      body: JSON.stringify({ values: [5.1, 3.5, 1.4, 0.2] }),
    });
  }

  test(
    'serves under a prefix, to those who have a token, and scales',
    async () => {
      expect((await predict('other')).status).toBe(401);
      expect(await (await predict('mine')).json()).toMatchObject({ values: [0] });
      await stack.run('scripts/add-modelhost.sh', '1');
      expect(await stack.containers('modelhost')).toHaveLength(3);
      expect((await predict('mine')).status).toBe(200);
    },
    2 * minutes,
  );

  test('gRPC wants a token as well, and finds no prefix', async () => {
    const client = new GrpcClient(services.inference, stack.grpc);
    const asked = client.ask('ModelInfer', irisRequest());
    await expect(asked).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
    const metadata = { authorization: 'Bearer mine' };
    const { message } = await client.ask('ModelInfer', irisRequest(), { metadata });
    expect(message).toMatchObject({ model_name: 'iris' });
    client.close();
  });

  test(
    'every container runs without root, rights and a writable root',
    async () => {
      const containers = await stack.containers();
      expect(containers).toHaveLength(8);
      for (const { Id, HostConfig } of containers) {
        expect(HostConfig).toMatchObject({ ReadonlyRootfs: true, CapDrop: ['ALL'] });
        expect(await stack.run('docker', 'exec', Id, 'id', '-u')).not.toBe('0\n');
        await expect(stack.run('docker', 'exec', Id, 'touch', '/written')).rejects.toThrow(
          /Read-only/,
        );
      }
    },
    minutes,
  );

  test('ports are published on loopback only, and no secret is in an image', async () => {
    const containers = await stack.containers();
    const published = containers.flatMap(({ NetworkSettings }) =>
      Object.values(NetworkSettings.Ports).flatMap((ports) => ports ?? []),
    );
    expect(published).toHaveLength(4);
    for (const { HostIp } of published) expect(HostIp).toBe('127.0.0.1');
    for (const role of ['inferrer', 'modelhost', 'metrics', 'nginx']) {
      const [image] = JSON.parse(await stack.run('docker', 'inspect', `shoal-test-${role}`)) as {
        Config: { Env: string[] };
      }[];
      expect(image?.Config.Env.join('\n')).not.toMatch(/TOKEN|SECRET/);
    }
  });

  test('what is among the processes is not for clients', async () => {
    for (const path of ['/cluster/hosts', '/metrics']) {
      const answer = await fetch(stack.url + path);
      expect(answer.status).toBe(404);
      expect(await answer.json()).toMatchObject({ code: 'unknown_route' });
    }
    const pinned = await predict('mine', { 'shoal-host': 'nobody' });
    expect(pinned.status).toBe(200);
  });
});
