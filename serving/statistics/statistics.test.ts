import { ModelSeries } from '../../metrics/model-series';
import { ledgerJson, ledgerOf } from '../../protocol/cluster/counter-ledger';
import { statisticsJson } from '../../protocol/dialects/open-inference/statistics-json';
import { fakeCatalog } from '../../tests/support/fake-catalog';
import { servable } from '../../tests/support/servables';
import type { Counters, Sheet } from './counters';
import type { Ledger } from './ledger';
import { createOwnSheet } from './own-sheet';
import { createStatistics, type SharedStatistics } from './statistics';

const catalog = fakeCatalog([
  servable([], []),
  { ...servable([], []), version: 2 },
  { ...servable([], []), model: 'n' },
]);

const run = { rows: 3, answeredRows: 3, transferUs: 20, runUs: 500, outputUs: 1 };
const facts = {
  dialect: 'oip',
  model: 'm',
  version: '1',
  host: 'h',
  rows: 3,
  answered: true,
  errorCode: '',
  stages: { decode: 1, queue: 7, transfer: 20, run: 500, encode: 3 },
};

/** Three requests of a row each in one run, one that failed, and a run of a row. */
function busy(): ModelSeries {
  const series = new ModelSeries('m', '1');
  series.ran(run, 1000);
  for (let each = 0; each < 3; each += 1) series.done(facts, 200, 0.001);
  series.ran({ ...run, rows: 1, answeredRows: 1 }, 2000);
  series.done(facts, 200, 0.001);
  series.done(facts, 400, 0.001);
  series.lose(0.25);
  return series;
}

function statistics(own: () => Sheet, others?: () => Promise<readonly Ledger[]>): SharedStatistics {
  return createStatistics({ catalog, life: 'here', own, ...(others && { others }) });
}

function counted(inferences: bigint): Sheet {
  return new Map([['m:1', new Map([['inferences', inferences]])]]);
}

async function inferences(of: SharedStatistics): Promise<bigint | undefined> {
  return (await of.of('m', '1'))[0]?.inferenceCount;
}

describe('statistics', () => {
  test('of one version are what was counted of it', async () => {
    const series = busy();
    const [one, ...more] = await statistics(createOwnSheet(() => [series])).of('m', '1');
    expect(more).toEqual([]);
    expect(one).toEqual({
      name: 'm',
      version: '1',
      lastInferenceMs: 2000n,
      inferenceCount: 4n,
      executionCount: 2n,
      success: { count: 4n, ns: 4_000_000n },
      fail: { count: 1n, ns: 250_000_000n },
      queue: { count: 4n, ns: 28_000n },
      // A run that answered three requests counts for each of them.
      computeInput: { count: 4n, ns: 80_000n },
      computeInfer: { count: 4n, ns: 2_000_000n },
      computeOutput: { count: 4n, ns: 12_000n },
      cacheHit: { count: 0n, ns: 0n },
      cacheMiss: { count: 0n, ns: 0n },
      batches: [1, 3].map((batchSize) => ({
        batchSize,
        computeInput: { count: 1n, ns: 20_000n },
        computeInfer: { count: 1n, ns: 500_000n },
        computeOutput: { count: 1n, ns: 1_000n },
      })),
    });
  });

  test('tell what was kept: it was not computed', async () => {
    const series = busy();
    series.looked(false, 0.5);
    for (let each = 0; each < 3; each += 1) series.looked(true, 0.25);
    const [one] = await statistics(createOwnSheet(() => [series])).of('m', '1');
    expect(one).toMatchObject({
      success: { count: 4n },
      queue: { count: 4n },
      computeInfer: { count: 1n, ns: 2_000_000n },
      cacheHit: { count: 3n, ns: 750_000n },
      cacheMiss: { count: 1n, ns: 500_000n },
    });
  });

  test('are there for each ready version asked for, and for no other', async () => {
    const of = statistics(() => new Map());
    const names = async (model: string, version: string): Promise<string[]> =>
      (await of.of(model, version)).map((one) => `${one.name}:${one.version}`);
    expect(await names('', '')).toEqual(['m:1', 'm:2', 'n:1']);
    expect(await names('m', '')).toEqual(['m:1', 'm:2']);
    expect(await names('m', '2')).toEqual(['m:2']);
    await expect(of.of('z', '')).rejects.toMatchObject({ code: 'unknown_model' });
    await expect(of.of('m', '9')).rejects.toMatchObject({ code: 'unknown_version' });
  });

  test('are the sum over all lives, and never fall', async () => {
    let mine = counted(5n);
    let told: Ledger[] = [new Map([['there', counted(7n)]])];
    const of = statistics(
      () => mine,
      () => Promise.resolve(told),
    );
    expect(await inferences(of)).toBe(12n);
    told = [new Map([['there', counted(6n)]])];
    expect(await inferences(of)).toBe(12n);
    told = [new Map([['again', counted(1n)]])];
    expect(await inferences(of)).toBe(13n);
    told = [];
    mine = counted(6n);
    expect(await inferences(of)).toBe(14n);
  });

  test('are told by life, also of a version that a life has not seen', async () => {
    const series = busy();
    series.defaults = 2;
    const there = new Map([['m:2', new Map([['fail', 7n]])]]);
    const of = statistics(
      createOwnSheet(() => [series]),
      () => Promise.resolve([new Map([['there', there]])]),
    );
    const [lives] = (await of.byLife('m', ['1'])) as [ReadonlyMap<string, Counters>];
    expect([...lives.keys()].sort()).toEqual(['here', 'there']);
    expect(lives.get('here')?.get('defaults')).toBe(2n);
    expect(lives.get('there')?.size).toBe(0);
  });

  test('tell others what is remembered of all', async () => {
    const told = [new Map([['gone', counted(7n)]])];
    const first = statistics(
      () => counted(1n),
      () => Promise.resolve(told),
    );
    await inferences(first);
    const json: unknown = JSON.parse(JSON.stringify(ledgerJson(first.ledger())));
    const second = createStatistics({
      catalog,
      life: 'second',
      own: () => counted(2n),
      others: () => Promise.resolve([ledgerOf(json)]),
    });
    expect(await inferences(second)).toBe(10n);
  });

  test('of many lives forget those told of first', async () => {
    const many = (from: number): Ledger =>
      new Map(Array.from({ length: 256 }, (_, at) => [`life-${from + at}`, counted(1n)] as const));
    let told = many(0);
    const of = statistics(
      () => new Map(),
      () => Promise.resolve([told]),
    );
    await inferences(of);
    told = many(1000);
    await inferences(of);
    expect(of.ledger().size).toBeLessThanOrEqual(257);
  });

  test('who asks while others are asked gets what was counted before', async () => {
    const asked: (() => void)[] = [];
    let there = 1n;
    const of = statistics(
      () => new Map(),
      () => {
        const told = [new Map([['there', counted(there)]])];
        return new Promise((resolve) => {
          asked.push(() => {
            resolve(told);
          });
        });
      },
    );
    const first = inferences(of);
    await Promise.resolve();
    there = 2n;
    const second = inferences(of);
    const third = inferences(of);
    asked.shift()!();
    expect(await first).toBe(1n);
    asked.shift()!();
    expect(await Promise.all([second, third])).toEqual([2n, 2n]);
    expect(asked).toEqual([]);
  });

  test('of a version that was gone for a while go on', async () => {
    let series = busy();
    const own = createOwnSheet(() => [series]);
    own();
    series = busy();
    expect(await inferences(statistics(own))).toBe(8n);
  });

  test('of versions that are gone forget those that went first, and count what comes', () => {
    let series = [busy()];
    const own = createOwnSheet(() => series, 2);
    for (const version of ['2', '3', '4', '5']) {
      own();
      series = [new ModelSeries('m', version)];
      series[0]!.lose(0.25);
    }
    const sheet = own();
    expect([...sheet.keys()]).toEqual(['m:3', 'm:4', 'm:5']);
    expect([...sheet.values()].map((counters) => counters.get('fail'))).toEqual([1n, 1n, 1n]);
  });

  test('of others forget versions that they tell of no more', async () => {
    const gone = Array.from({ length: 12_000 }, (_, at) => [`gone:${at}`, new Map()] as const);
    let told: Ledger[] = [new Map([['there', new Map(gone)]])];
    const of = statistics(
      () => new Map(),
      () => Promise.resolve(told),
    );
    await inferences(of);
    told = [new Map([['there', counted(7n)]])];
    expect(await inferences(of)).toBe(7n);
    const kept = of.ledger().get('there')!;
    expect([kept.size, kept.has('gone:0'), kept.has('gone:11999')]).toEqual([10_000, false, true]);
  });
});

describe('a ledger from elsewhere', () => {
  test.each([null, 5, { life: 1 }, { life: { 'm:1': { runs: 5 } } }, { a: { b: { c: '-1' } } }])(
    '%j is none',
    (json) => {
      expect(() => ledgerOf(json)).toThrow(TypeError);
    },
  );
});

test('as JSON, numbers of 64 bits keep their digits', async () => {
  const sheet = new Map([
    [
      'm:1',
      new Map([
        ['success.ns', 18446744073709551615n],
        ['runs', 9007199254740993n],
      ]),
    ],
  ]);
  const text = statisticsJson(await statistics(() => sheet).of('m', '1'));
  expect(text).toContain('"success":{"count":0,"ns":18446744073709551615}');
  expect(text).toContain('"execution_count":9007199254740993,');
  expect(Object.keys((JSON.parse(text) as { model_stats: object[] }).model_stats[0]!)).toEqual([
    'name',
    'version',
    'last_inference',
    'inference_count',
    'execution_count',
    'inference_stats',
    'response_stats',
    'batch_stats',
    'memory_usage',
  ]);
});
