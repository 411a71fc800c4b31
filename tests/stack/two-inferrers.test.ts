import { stopCallers } from '../support/callers';
import { addressesOf, createStack, missingStack, type ComposeStack } from '../support/compose';
import { describeWhere } from '../support/describe-where';
import { startLoad } from '../support/load';

const minutes = 60_000;

describeWhere(missingStack('v1'), 'the compose stack with two inferrers', () => {
  let stack: ComposeStack;

  beforeAll(async () => {
    stack = await createStack({ tool: ['docker-compose'], project: 'shoaltwo' });
    await stack.start('--scale', 'inferrer=2');
  }, 8 * minutes);

  afterEach(stopCallers);

  afterAll(() => stack.stop(), 2 * minutes);

  test.each(['SIGTERM', 'SIGKILL'] as const)(
    '%s to each in turn: no request fails',
    async (signal) => {
      const running = startLoad(stack.url);
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
