import { renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { startCallers, stopCallers } from '../support/callers';
import { startCluster, type TestCluster } from '../support/cluster';
import { describeWhere, missingCommand } from '../support/describe-where';
import { askAddend, plusModel } from '../support/plus-model';
import { eventually } from '../support/processes';

describeWhere(missingCommand('nginx', 'curl'), 'a version gets its name', () => {
  let cluster: TestCluster;
  /** Both inferrers, and each host's own port. */
  let urls: string[];

  beforeAll(async () => {
    cluster = await startCluster({ balancer: 'both', examples: '' });
    urls = [...cluster.urls, ...(await cluster.hosts()).map(({ url }) => url)];
  });

  afterEach(stopCallers);

  afterAll(() => cluster.stop());

  test('when it was put there by hand: no request fails, and none goes back', async () => {
    const lay = (addend: number): void => {
      const beside = path.join(cluster.repository, 'laid.new');
      writeFileSync(beside, plusModel(addend));
      renameSync(beside, path.join(cluster.repository, 'laid.onnx'));
    };
    const allHave = async (addend: number): Promise<void> => {
      for (const url of urls) {
        const has = async (): Promise<true | undefined> =>
          (await askAddend(url, 'laid')).addend === addend || undefined;
        await eventually(`${addend} is added`, has);
      }
    };
    lay(1);
    await allHave(1);
    /** The least that may still be added, and the most that may be added by now. */
    const possible = { least: 1, most: 1 };
    const callers = startCallers(8, async (seed) => {
      const { least } = possible;
      const { addend } = await askAddend(urls[seed % urls.length]!, 'laid', { x: seed % 1000 });
      if (addend < least || addend > possible.most) throw new Error(`${addend}, not ${least}`);
    });
    for (const addend of [2, 3]) {
      possible.most = addend;
      lay(addend);
      await allHave(addend);
      possible.least = addend;
      await callers.more(20);
    }
    expect(callers.failures).toEqual([]);
  });
});
