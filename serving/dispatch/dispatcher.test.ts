import { ShoalError } from '../../core/errors';
import type { Attempt, HostLink } from '../../protocol/link/batch';
import { batch } from '../../tests/support/batches';
import { batcher } from '../../tests/support/doubling-host';
import {
  broken,
  dispatcher,
  draining,
  FakePlaces,
  lost,
  model,
  ScriptedLink,
  unreached,
} from '../../tests/support/scripted-hosts';
import { context, floats, request } from '../../tests/support/servables';
import { StaleServable } from '../stale-servable';
import { Place } from './place';
import { RetryBudget } from './retry-budget';

describe('Dispatcher', () => {
  test.each([
    ['unreached', unreached],
    ['refused', draining],
    ['lost', lost],
    ['broken', broken],
  ])('after %s the next host answers', async (_, attempt) => {
    const [one, two] = [new ScriptedLink('one', [attempt]), new ScriptedLink('two')];
    const { run, retried } = dispatcher(
      new FakePlaces([new Place('one', one), new Place('two', two)]),
    );
    expect((await run()).host).toBe('two');
    expect(retried).toEqual([attempt.outcome]);
    expect([one.sent, two.sent]).toEqual([1, 1]);
  });

  test('what is lost and wanted by nobody any more is not sent again', async () => {
    const [one, two] = [new ScriptedLink('one', [lost]), new ScriptedLink('two')];
    const places = new FakePlaces([new Place('one', one), new Place('two', two)]);
    const left = { ...batch({}), servable: model, unwanted: () => true };
    const run = dispatcher(places).runBatch(left, performance.now() + 5000);
    await expect(run).rejects.toMatchObject({ code: 'client_closed' });
    expect([one.sent, two.sent]).toEqual([1, 0]);
  });

  test('a place is ejected once, however often it fails', async () => {
    const one = new Place('one', new ScriptedLink('one', [unreached, unreached]));
    const places = new FakePlaces([one]);
    const { run, ejected } = dispatcher(places);
    expect((await run()).host).toBe('one');
    expect(ejected).toEqual(['one']);
  });

  test('a place that has just failed gets nothing while another is there', async () => {
    const one = new ScriptedLink('one', [unreached]);
    const places = [new Place('one', one), new Place('two', new ScriptedLink('two'))];
    const { run } = dispatcher(new FakePlaces(places));
    expect([(await run()).host, (await run()).host]).toEqual(['two', 'two']);
    expect(one.sent).toBe(1);
  });

  test('an error that every host would answer is not retried', async () => {
    const failed: Attempt = {
      outcome: 'failed',
      host: 'one',
      error: new ShoalError('run_failed', 'bad data'),
    };
    const two = new ScriptedLink('two');
    const places = new FakePlaces([
      new Place('one', new ScriptedLink('one', [failed])),
      new Place('two', two),
    ]);
    await expect(dispatcher(places).run()).rejects.toMatchObject({ code: 'run_failed' });
    expect(two.sent).toBe(0);
  });

  test('a stale generation goes back to be resolved again', async () => {
    const stale: Attempt = { outcome: 'refused', reason: 'stale_generation' };
    const places = new FakePlaces([new Place('one', new ScriptedLink('one', [stale]))]);
    await expect(dispatcher(places).run()).rejects.toBeInstanceOf(StaleServable);
  });

  test('lost four times it is given up', async () => {
    const links = [1, 2, 3, 4, 5].map((name) => new ScriptedLink(String(name), [lost]));
    const places = new FakePlaces(links.map((link, at) => new Place(String(at), link)));
    await expect(dispatcher(places).run()).rejects.toMatchObject({
      code: 'host_lost',
      message: expect.stringContaining(`version 1 of model '${model.model}'`) as string,
    });
    expect(links.map((link) => link.sent)).toEqual([1, 1, 1, 1, 0]);
  });

  test('losses are retried within the budget only, unreached costs none of it', async () => {
    const budget = new RetryBudget(0, 0);
    const free = new FakePlaces([
      new Place('one', new ScriptedLink('one', [unreached])),
      new Place('two', new ScriptedLink('two')),
    ]);
    expect((await dispatcher(free, { budget }).run(5)).host).toBe('two');
    const dear = new FakePlaces([
      new Place('one', new ScriptedLink('one', [lost])),
      new Place('two', new ScriptedLink('two')),
    ]);
    const { run, retried } = dispatcher(dear, { budget });
    await expect(run(5)).rejects.toMatchObject({ code: 'host_lost' });
    expect(retried).toEqual(['budget']);
  });

  test('what was lost counts as sent again when it is, not before', async () => {
    const places = new FakePlaces([new Place('one', new ScriptedLink('one', [lost]))]);
    places.onWait = () => {
      places.list = [];
      places.gone = true;
    };
    const { run, retried } = dispatcher(places);
    await expect(run()).rejects.toBeInstanceOf(StaleServable);
    expect(retried).toEqual([]);
  });

  test('of a batch that was lost each request is sent again, and counts once', async () => {
    const link = new ScriptedLink('one', [lost]);
    const { runBatch, retried } = dispatcher(new FakePlaces([new Place('one', link)]));
    const requests = batcher(runBatch);
    const ask = (): Promise<unknown> =>
      requests.infer(request(model, [floats('x', [1], [1])]), context());
    await Promise.all([ask(), ask()]);
    requests.close();
    expect(link.rows).toEqual([2, 1, 1]);
    expect(retried).toEqual(['lost', 'lost']);
  });

  test('where the budget is spent no request of a lost batch is sent again', async () => {
    const link = new ScriptedLink('one', [lost]);
    const places = new FakePlaces([new Place('one', link)]);
    const { runBatch } = dispatcher(places, { budget: new RetryBudget(0, 0) });
    const requests = batcher(runBatch);
    const ask = (): Promise<unknown> =>
      requests.infer(request(model, [floats('x', [1], [1])]), context());
    const ends = await Promise.allSettled([ask(), ask()]);
    requests.close();
    const refused = { reason: { code: 'host_lost' } };
    expect(ends).toMatchObject([refused, refused]);
    expect(link.rows).toEqual([2]);
  });

  test('without a host it waits for one', async () => {
    const places = new FakePlaces([]);
    places.onWait = () => {
      if (places.waits === 3) places.list = [new Place('late', new ScriptedLink('late'))];
    };
    expect((await dispatcher(places).run()).host).toBe('late');
    expect(places.waits).toBe(3);
  });

  test('hosts that all refuse are asked again after a change', async () => {
    const link = new ScriptedLink('one', [draining, draining]);
    const places = new FakePlaces([new Place('one', link)]);
    expect((await dispatcher(places).run()).host).toBe('one');
    expect([link.sent, places.waits]).toEqual([3, 2]);
  });

  test('what no host will serve any more is resolved again instead of waited for', async () => {
    const places = new FakePlaces([]);
    places.onWait = () => {
      places.gone = true;
    };
    await expect(dispatcher(places).run()).rejects.toBeInstanceOf(StaleServable);
    expect(places.waits).toBe(1);
  });
});

describe('Dispatcher, by the clock', () => {
  beforeEach(() => jest.useFakeTimers({ doNotFake: ['nextTick'] }));
  afterEach(() => jest.useRealTimers());

  test('a second try tells what time is left by then, and none is made after the deadline', async () => {
    const left: number[] = [];
    const slowlyLost: HostLink = {
      send: async (batch) => {
        left.push(batch.segments[0]!.timeLeftMs);
        await new Promise((resolve) => setTimeout(resolve, 300));
        return lost;
      },
      giveUp: () => undefined,
      close: () => undefined,
    };
    const places = ['one', 'two', 'three'].map((id) => new Place(id, slowlyLost));
    const { run } = dispatcher(new FakePlaces(places));
    const refused = expect(run(1, 500)).rejects.toMatchObject({ code: 'deadline_exceeded' });
    await jest.advanceTimersByTimeAsync(2 * 300);
    await refused;
    expect(left).toEqual([1000, 700]);
  });

  test('when the wait for a host is over: no_host, or deadline_exceeded if that comes first', async () => {
    const { run } = dispatcher(new FakePlaces([]), { noHostWaitMs: 20 });
    const refused = Promise.all([
      expect(run()).rejects.toMatchObject({ code: 'no_host', details: { retryAfter: 1 } }),
      expect(run(1, 10)).rejects.toMatchObject({ code: 'deadline_exceeded' }),
    ]);
    await jest.advanceTimersByTimeAsync(20);
    await refused;
  });

  test('why no host is to have it is said', async () => {
    const places = Object.assign(new FakePlaces([]), { why: () => 'none has the labels' });
    const { run } = dispatcher(places, { noHostWaitMs: 20 });
    const refused = expect(run()).rejects.toThrow("serves model 'm' now; none has the labels");
    await jest.advanceTimersByTimeAsync(20);
    await refused;
  });
});
