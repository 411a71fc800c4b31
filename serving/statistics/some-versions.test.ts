import { ModelSeries } from '../../metrics/model-series';
import { fakeCatalog } from '../../tests/support/fake-catalog';
import { servable } from '../../tests/support/servables';
import type { Sheet, Wanted } from './counters';
import type { Ledger } from './ledger';
import { createOwnSheet } from './own-sheet';
import { createStatistics, type SharedStatistics } from './statistics';

const catalog = fakeCatalog([
  servable([], []),
  { ...servable([], []), version: 2 },
  { ...servable([], []), model: 'n' },
]);

function statistics(
  own: (wanted: Wanted) => Sheet,
  others: (wanted: Wanted) => Promise<readonly Ledger[]>,
): SharedStatistics {
  return createStatistics({ catalog, life: 'here', own, others });
}

describe('statistics', () => {
  test('of some versions are asked for by name, and no others are told', async () => {
    const asked: Wanted[] = [];
    const there = new Map(['m:1', 'm:2', 'm:3'].map((key) => [key, new Map([['fail', 7n]])]));
    const series = ['1', '2', '3'].map((version) => new ModelSeries('m', version));
    const of = statistics(
      createOwnSheet(() => series),
      (wanted) => {
        asked.push(wanted);
        // All the same, as an earlier build.
        return Promise.resolve([new Map([['there', there]])]);
      },
    );
    const [second, first] = await of.byLife('m', ['2', '1']);
    expect([second, first].map((lives) => lives?.get('there')?.get('fail'))).toEqual([7n, 7n]);
    expect(asked.map((wanted) => [...wanted!])).toEqual([['m:2', 'm:1']]);
    const told = of.ledger(new Set(['m:2', 'm:9']));
    expect([...told].map(([life, sheet]) => [life, ...sheet.keys()])).toEqual([
      ['there', 'm:2'],
      ['here', 'm:2'],
    ]);
    expect([...of.ledger().get('here')!.keys()].sort()).toEqual(['m:1', 'm:2', 'm:3']);
  });

  test('of this process are made of those that are wanted, also where they have ended', () => {
    let series = ['1', '2', '3'].map((version) => new ModelSeries('m', version));
    const own = createOwnSheet(() => series);
    for (const its of series) its.lose(0.25);
    own(new Set(['m:1']));
    series = series.slice(2);
    const keys = (wanted: Wanted): string[] => [...own(wanted).keys()];
    expect(keys(new Set(['m:1', 'm:3', 'm:9']))).toEqual(['m:1', 'm:3']);
    expect(keys(undefined)).toEqual(['m:1', 'm:2', 'm:3']);
  });

  test('of a life that has counted none of a version are told, too: it counts from then on', async () => {
    const own = new Map([['m:1', new Map([['fail', 5n]])]]);
    const of = statistics(
      () => own,
      () => Promise.resolve([]),
    );
    expect([...of.ledger(new Set(['m:2']))]).toEqual([['here', new Map()]]);
    const [lives] = await of.byLife('m', ['2']);
    expect(lives?.get('here')?.size).toBe(0);
  });

  test('are the same, whoever is asked for some and then for all', async () => {
    const all = new Map(['m:1', 'm:2'].map((key) => [key, new Map([['inferences', 7n]])]));
    const of = statistics(
      () => new Map(),
      (wanted) => {
        const keys = [...all.keys()].filter((key) => wanted?.has(key) ?? true);
        return Promise.resolve([
          new Map([['there', new Map(keys.map((key) => [key, all.get(key)!]))]]),
        ]);
      },
    );
    expect((await of.of('m', '1'))[0]?.inferenceCount).toBe(7n);
    expect([...of.ledger().get('there')!.keys()]).toEqual(['m:1']);
    expect((await of.of('', '')).map(({ inferenceCount }) => inferenceCount)).toEqual([7n, 7n, 0n]);
    expect((await of.of('m', '1'))[0]?.inferenceCount).toBe(7n);
    expect([...of.ledger().get('there')!.keys()].sort()).toEqual(['m:1', 'm:2']);
  });

  test('of several versions, wanted while others are asked, are asked for together', async () => {
    const asked: (readonly string[] | undefined)[] = [];
    const of = statistics(
      () => new Map(),
      (wanted) => {
        asked.push(wanted && [...wanted]);
        return Promise.resolve([]);
      },
    );
    await Promise.all([of.byLife('m', ['1']), of.byLife('n', ['1', '2'])]);
    await Promise.all([of.byLife('m', ['1']), of.of('', '')]);
    expect(asked).toEqual([['m:1', 'n:1', 'n:2'], undefined]);
  });
});
