import { allWays, titleOf, waysOf, type Way } from './client';
import { clients } from './clients';
import { describeClient } from './describe-client';
import type { StartedWay } from './running';
import { startWay } from './started-way';

/** Parts of the names of what is wanted, separated by commas; all where it is not said. */
const { CLIENTS = '', WAYS = '' } = process.env;
const has = (parts: string, name: string): boolean =>
  parts.split(',').some((part) => name.includes(part));
const some = clients.filter((one) => has(CLIENTS, titleOf(one)));

const tried = (way: Way): boolean =>
  some.some(({ checks }) => checks.some((check) => waysOf(check).includes(way)));

describe.each(allWays.filter((way) => has(WAYS, way) && tried(way)))('%s', (way) => {
  let started: StartedWay | undefined;

  beforeAll(async () => {
    started = await startWay(way);
  });

  afterAll(() => started?.stop());

  for (const client of some) describeClient(client, way, () => started!.target);
});
