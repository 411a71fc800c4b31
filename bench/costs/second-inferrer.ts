import type { Bench } from '../speed';
import { alternate, warmUp } from '../sides';
import type { CostResult } from './cost';
import { tinySide } from './tiny-side';

/**
 * One inferrer over two hosts; then two over the same number of hosts, of which one or both are
 * asked. All of them run all the time.
 */
export async function measureSecondInferrer({
  lab,
  effort,
}: Bench): Promise<readonly CostResult[]> {
  lab.say('a second inferrer');
  const shape = { hosts: 2, nginx: false };
  const one = await lab.startComposed({ ...shape, inferrers: 1 });
  const two = await lab.startComposed({ ...shape, inferrers: 2 });
  const { folder } = lab;
  const sides = [
    tinySide('one', one, { folder }),
    tinySide('two, one asked', two, { folder, urls: two.inferrers.slice(0, 1) }),
    tinySide('two, both asked', two, { folder, urls: two.inferrers }),
  ];
  await warmUp(sides, effort.warmUpSeconds);
  const measured = await alternate(sides, effort);
  await one.stop();
  await two.stop();
  return [...measured].map(([situation, figures]) => ({
    cost: 'inferrers',
    situation,
    measured: figures,
    residentBytes: figures.median.residentBytes,
    scrapeMs: null,
  }));
}
