import { ShoalError } from '../../core/errors';
import type { Servable } from '../../protocol/catalog';
import type { Attempt, Batch, HostLink } from '../../protocol/link/batch';
import { batcher } from '../../tests/support/doubling-host';
import { context, floats, request, servable, spec } from '../../tests/support/servables';
import { StaleServable } from '../stale-servable';
import { Dispatcher, type Places } from './dispatcher';
import { Place } from './place';
import { RetryBudget } from './retry-budget';

/** Answers with the scripted outcomes in turn, then with a reply. */
class ScriptedLink implements HostLink {
  sent = 0;
  readonly rows: number[] = [];
  readonly #script: Attempt[];
  readonly #host: string;

  constructor(host: string, script: Attempt[] = []) {
    this.#host = host;
    this.#script = script;
  }

  send(batch: Batch): Promise<Attempt> {
    this.sent += 1;
    this.rows.push(batch.rows);
    const reply = { host: this.#host, outputs: [], queueUs: 0, runUs: 0 };
    return Promise.resolve(this.#script.shift() ?? { outcome: 'replied', reply });
  }

  giveUp(): void {
    this.close();
  }

  close(): void {
    this.#script.length = 0;
  }
}

const model = servable([spec('x', ['n'])], [spec('y', ['n'])]);
const lost: Attempt = { outcome: 'lost', cause: 'gone' };
const unreached: Attempt = { outcome: 'unreached', cause: 'refused' };
const broken: Attempt = { outcome: 'broken', cause: 'nonsense' };
const draining: Attempt = { outcome: 'refused', reason: 'draining' };

function batchOf(of: Servable, requests = 1): Batch {
  const segment = { requestId: 'r', rows: 1, timeLeftMs: 1000, priority: 0, trace: '' };
  const input = floats('x', [requests], Array<number>(requests).fill(0));
  return {
    servable: of,
    rows: requests,
    segments: Array<typeof segment>(requests).fill(segment),
    inputs: [{ ...input, chunks: [input.data] }],
    outputs: [],
  };
}

class FakePlaces implements Places {
  list: Place[];
  waits = 0;
  gone = false;
  onWait: () => void = () => undefined;

  constructor(list: Place[]) {
    this.list = list;
  }

  superseded(): boolean {
    return this.gone;
  }

  serving(): readonly Place[] {
    return this.list;
  }

  changed(): Promise<void> {
    this.waits += 1;
    this.onWait();
    return new Promise(setImmediate);
  }
}

function dispatcher(
  places: Places,
  overrides: { noHostWaitMs?: number; budget?: RetryBudget } = {},
) {
  const retried: string[] = [];
  const ejected: string[] = [];
  const subject = new Dispatcher({
    places,
    pick: (candidates) => candidates[0]!,
    dice: () => 0,
    budget: overrides.budget ?? new RetryBudget(),
    noHostWaitMs: overrides.noHostWaitMs ?? 1000,
    observer: {
      attempt: () => undefined,
      ejected: (place) => ejected.push(place),
      readmitted: () => undefined,
      retried: (outcome) => retried.push(outcome),
    },
  });
  const run = (requests = 1, ms = 5000): ReturnType<typeof subject.run> =>
    subject.run(batchOf(model, requests), performance.now() + ms);
  return { run, runBatch: subject.run, retried, ejected };
}

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

  test('a place is ejected once, however often it fails', async () => {
    const one = new Place('one', new ScriptedLink('one', [unreached, unreached]));
    const places = new FakePlaces([one]);
    const { run, ejected } = dispatcher(places);
    expect((await run()).host).toBe('one');
    expect(ejected).toEqual(['one']);
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
    await expect(dispatcher(places).run()).rejects.toMatchObject({ code: 'host_lost' });
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
});
