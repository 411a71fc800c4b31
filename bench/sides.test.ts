import type { Figures } from './figures';
import { alternate, beside, type Side } from './sides';

/** Does so many rows a second, in turn; says in `calls` when it is measured. */
function side(name: string, rates: readonly number[], calls: string[]): Side {
  let at = 0;
  return {
    name,
    measure: (seconds): Promise<Figures> => {
      calls.push(`${name} ${seconds}`);
      const rate = rates[at++ % rates.length] ?? 0;
      return Promise.resolve({
        requestsPerSecond: rate,
        rowsPerSecond: rate,
        p50Ms: 1000 / rate,
        p99Ms: 2000 / rate,
        cpuUs: {},
        kernelUs: {},
        copiedBytes: {},
        calls: {},
        residentBytes: {},
        rowsPerBatch: null,
      });
    },
  };
}

it('settles, then alternates, each side first in turn', async () => {
  const calls: string[] = [];
  const sides = [side('a', [1], calls), side('b', [1], calls)];
  await alternate(sides, { rounds: 3, seconds: 5, warmUpSeconds: 9, settleSeconds: 2 });
  expect(calls).toEqual(['a 2', 'b 2', 'a 5', 'b 5', 'b 5', 'a 5', 'a 5', 'b 5']);
});

it('gives medians without the settling, and ratios within rounds', async () => {
  const sides = [side('one', [999, 20, 2, 30], []), side('other', [999, 40, 4, 90], [])];
  const measured = await alternate(sides, {
    rounds: 3,
    seconds: 1,
    warmUpSeconds: 9,
    settleSeconds: 1,
  });
  const [one, other] = [measured.get('one')!, measured.get('other')!];
  expect(one.rounds.map(({ rowsPerSecond }) => rowsPerSecond)).toEqual([20, 2, 30]);
  expect(one.median.rowsPerSecond).toBe(20);
  expect(beside(one, other)).toEqual({ rate: 0.5, p50: 2 });
});
