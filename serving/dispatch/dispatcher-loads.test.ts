import { ShoalError } from '../../core/errors';
import type { Servable } from '../../protocol/catalog';
import type { Attempt } from '../../protocol/link/batch';
import { eventually } from '../../tests/support/processes';
import { dispatcher, FakePlaces, ScriptedLink } from '../../tests/support/scripted-hosts';
import { StaleServable } from '../stale-servable';
import { LoadTooLate } from './loaded-in-time';
import { Place } from './place';

describe('Dispatcher, of what is loaded when it is asked for', () => {
  afterEach(() => jest.useRealTimers());

  /** Places of which one comes when the load that was asked for ends. */
  function loading(load: () => Promise<void> | undefined) {
    const places = new FakePlaces([]);
    const asked: number[] = [];
    const demanding = Object.assign(places, {
      demand: (_servable: Servable, deadline: number) => {
        asked.push(deadline);
        return load();
      },
    });
    return { places: demanding, asked };
  }
  const late = (): Place => new Place('late', new ScriptedLink('late'));

  test('it waits for the load, says how long, and sends it there', async () => {
    const { places, asked } = loading(async () => {
      const began = performance.now();
      await eventually('time has passed', () => performance.now() > began + 12 || undefined);
      places.list = [late()];
    });
    const reply = await dispatcher(places, { noHostWaitMs: 1 }).run();
    expect([reply.host, asked.length, places.waits]).toEqual(['late', 1, 0]);
    expect(reply.loadMs).toBeGreaterThan(10);
  });

  test('without anything to load it waits for hosts as ever, and says nothing of loads', async () => {
    const { places } = loading(() => undefined);
    places.onWait = () => {
      places.list = [late()];
    };
    const reply = await dispatcher(places).run();
    expect([reply.host, places.waits, reply.loadMs]).toEqual(['late', 1, undefined]);
  });

  test('why it cannot be loaded is the answer', async () => {
    const full = new ShoalError('insufficient_memory', 'no room');
    const { places } = loading(() => Promise.reject(full));
    await expect(dispatcher(places).run()).rejects.toBe(full);
  });

  test('a load that takes longer than the request has is too late for it', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] });
    const { places } = loading(() => new Promise(() => undefined));
    const tooLate = expect(dispatcher(places).run(1, 30)).rejects.toBeInstanceOf(LoadTooLate);
    await jest.advanceTimersByTimeAsync(30);
    await tooLate;
  });

  test('that others had less time for the load is no reason to give up', async () => {
    const { places, asked } = loading(() => {
      if (asked.length > 1) places.list = [late()];
      const early = new ShoalError('deadline_exceeded', 'their time is over');
      return asked.length > 1 ? Promise.resolve() : Promise.reject(early);
    });
    expect((await dispatcher(places).run()).host).toBe('late');
    expect(asked).toHaveLength(2);
  });

  test('what was evicted on the way is asked for again', async () => {
    const gone: Attempt = { outcome: 'refused', reason: 'not_loaded' };
    const link = new ScriptedLink('one', [gone]);
    const { places, asked } = loading(() => {
      places.list = [new Place('one', link)];
      return Promise.resolve();
    });
    expect((await dispatcher(places).run()).host).toBe('one');
    expect([link.sent, asked.length]).toEqual([2, 2]);
  });

  test('what no host will serve any more is not asked for', async () => {
    const { places, asked } = loading(() => Promise.resolve());
    places.gone = true;
    await expect(dispatcher(places).run()).rejects.toBeInstanceOf(StaleServable);
    expect(asked).toEqual([]);
  });
});
