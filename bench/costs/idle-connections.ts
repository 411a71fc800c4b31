import { alternate, warmUp, type Side } from '../sides';
import type { Bench } from '../speed';
import { readResident } from '../usage-meter';
import type { CostResult } from './cost';
import { tinySide } from './tiny-side';

const count = 10_000;

/** The same load without and with clients that are connected and say nothing. */
export async function measureIdleConnections({
  lab,
  effort,
}: Bench): Promise<readonly CostResult[]> {
  lab.say(`${count} idle connections`);
  const cluster = await lab.startCluster({ hosts: 2 });
  const idle = lab.startIdle();
  const without = tinySide('none', cluster, lab);
  const beside: Side = {
    name: `${count}`,
    measure: async (seconds) => {
      await idle.ask({ open: count, url: cluster.url });
      const figures = await without.measure(seconds);
      const { open } = await idle.ask({ close: true });
      if (open === count) return figures;
      throw new Error(`Of ${count} idle connections the inferrer has closed ${count - open}.`);
    },
  };
  await warmUp([without], effort.warmUpSeconds);
  // Before the first of them: what they took is not given back when they close.
  const residentBefore = readResident(cluster.processes());
  const measured = await alternate([without, beside], effort);
  await idle.stop();
  await cluster.stop();
  return [...measured].map(([situation, figures]) => ({
    cost: 'idle connections',
    situation,
    measured: figures,
    residentBytes: situation === without.name ? residentBefore : figures.median.residentBytes,
    scrapeMs: null,
  }));
}
