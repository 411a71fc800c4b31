import { stopCallers } from '../support/callers';
import { addressesOf, ComposeStack, missingStack } from '../support/compose';
import { describeWhere } from '../support/describe-where';
import { freePort } from '../support/free-port';
import { startLoad } from '../support/load';

const minutes = 60_000;

describeWhere(missingStack('v1'), 'the compose stack with two inferrers', () => {
  let stack: ComposeStack;
  let url: string;

  beforeAll(async () => {
    const [port, metricsPort, prometheusPort] = [
      await freePort(),
      await freePort(),
      await freePort(),
    ];
    stack = new ComposeStack(['docker-compose'], {
      COMPOSE_PROJECT_NAME: `shoaltwo${process.pid}`,
      IMAGE_PREFIX: 'shoal-test',
      PORT: String(port),
      METRICS_PORT: String(metricsPort),
      PROMETHEUS_PORT: String(prometheusPort),
    });
    url = `http://127.0.0.1:${port}`;
    await stack.compose('build');
    await stack.compose('up', '-d', '--scale', 'inferrer=2');
    await stack.serving(2);
  }, 8 * minutes);

  afterEach(stopCallers);

  afterAll(async () => {
    await stack.compose('down', '-v', '--timeout', '5');
  }, 2 * minutes);

  test.each(['SIGTERM', 'SIGKILL'] as const)(
    '%s to each in turn: no request fails',
    async (signal) => {
      const running = startLoad(url);
      const moves: string[] = [];
      await stack.edgeUsesAll();
      for (const inferrer of await stack.containers('inferrer')) {
        const ms = await stack.restarted(inferrer, signal);
        await stack.serving(2);
        const [again] = await stack.inspect(inferrer.Id);
        // The edge relies on the engine here, which gives it the same address again.
        const moved = `restarted at ${addressesOf(inferrer)}, now at ${addressesOf(again!)}`;
        moves.push(moved);
        await stack.edgeUsesAll(moved);
        process.stdout.write(`${signal} to one of two inferrers: back in ${ms} ms\n`);
      }
      await running.stop();
      expect({ moves, failures: running.failures }).toEqual({ moves, failures: [] });
    },
    4 * minutes,
  );
});
