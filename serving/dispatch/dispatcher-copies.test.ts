import type { Attempt, Batch } from '../../protocol/link/batch';
import { batch } from '../../tests/support/batches';
import { batcher } from '../../tests/support/doubling-host';
import {
  broken,
  dispatcher,
  FakePlaces,
  lost,
  model,
  ScriptedLink,
} from '../../tests/support/scripted-hosts';
import { context, floats, request } from '../../tests/support/servables';
import { Place } from './place';
import { RetryBudget } from './retry-budget';

const copies: Batch = { ...batch({}), servable: model, copies: true };
const soon = (): number => performance.now() + 5000;

describe('Dispatcher, of copies for a shadow', () => {
  test('nothing is loaded for them, and they wait for no host', async () => {
    const loads: string[] = [];
    const places = Object.assign(new FakePlaces([]), {
      demand: () => {
        loads.push('load');
        return Promise.resolve();
      },
    });
    const run = dispatcher(places).runBatch(copies, soon());
    await expect(run).rejects.toMatchObject({ code: 'model_not_ready' });
    expect([loads, places.waits]).toEqual([[], 0]);
  });

  test.each<[string, Attempt]>([
    ['lost', lost],
    ['broken', broken],
  ])('%s, they are not sent again and leave the budget to those who wait', async (_, end) => {
    const links = [new ScriptedLink('one', [end, end]), new ScriptedLink('two')];
    const places = new FakePlaces(links.map((link, at) => new Place(String(at), link)));
    const budget = new RetryBudget(0, 0.1);
    const { runBatch, run } = dispatcher(places, { budget });
    await expect(runBatch(copies, soon())).rejects.toMatchObject({ code: 'host_lost' });
    expect(links.map(({ sent }) => sent)).toEqual([1, 0]);
    // The one retry that there is in ten seconds.
    expect((await run()).host).toBe('two');
  });

  test('lost together, none of them is sent again alone', async () => {
    const link = new ScriptedLink('one', [lost]);
    const requests = batcher(dispatcher(new FakePlaces([new Place('one', link)])).runBatch);
    const copy = (): Promise<unknown> =>
      requests.infer(request(model, [floats('x', [1], [1])]), context({ copy: true }));
    const ends = await Promise.allSettled([copy(), copy()]);
    requests.close();
    expect(ends).toMatchObject([
      { reason: { code: 'host_lost' } },
      { reason: { code: 'host_lost' } },
    ]);
    expect(link.rows).toEqual([2]);
  });
});
