import { ShoalError } from '../../core/errors';
import type { Catalog, Servable } from '../../protocol/catalog';
import type { InferContext, InferResponse, ResolvedRequest } from '../../protocol/infer';
import type { Traffic } from '../../protocol/versions/traffic';
import { context, floats, request, servable, spec } from '../../tests/support/servables';
import { resolved } from '../resolved';
import { StaleServable } from '../stale-servable';
import { createShadows, type ShadowOutcome } from './shadows';
import { createTrafficRules } from './traffic-rules';

const specs = [[spec('x', [null])], [spec('y', [null])]] as const;
const traffic: Traffic = { variants: [], shadow: { version: 2, share: 0.5 } };
const one: Servable = { ...servable(...specs), traffic };
const two: Servable = { ...servable(...specs), version: 2 };

function answer(version: number, value: number): InferResponse {
  const outputs = [floats('y', [1], [value])];
  return { model: 'm', version: String(version), outputs, host: 'h', batchRows: 1 };
}

interface Shadowed {
  readonly seen: { readonly request: ResolvedRequest; readonly context: InferContext }[];
  refreshed: number;
  readonly outcomes: (readonly [number, ShadowOutcome, number])[];
  ask(more?: Partial<ResolvedRequest>): Promise<InferResponse>;
  /** How the shadow answers. */
  shadow: (request: ResolvedRequest) => Promise<InferResponse>;
  /** How the live version answers. */
  live: InferResponse;
  dice: number;
  busy: boolean;
  loaded: boolean;
}

function shadowed(): Shadowed {
  const all: Shadowed = {
    seen: [],
    outcomes: [],
    refreshed: 0,
    shadow: () => Promise.resolve(answer(2, 5)),
    live: answer(1, 5),
    dice: 0,
    busy: false,
    loaded: true,
    ask: (more = {}) =>
      infer({ ...request(one, [floats('x', [1], [3])]), version: '', ...more }, context()),
  };
  const catalog = {
    resolve(_model: string, version: string) {
      if (version !== '2') return one;
      if (all.loaded) return two;
      throw new ShoalError('unknown_version', 'no');
    },
    refresh: () => {
      all.refreshed += 1;
      return Promise.resolve();
    },
  } as unknown as Catalog;
  const shadows = createShadows({
    catalog,
    infer: (copied, of) => {
      all.seen.push({ request: copied, context: of });
      return all.shadow(copied);
    },
    busy: () => all.busy,
    observe: (of, outcome, difference) => {
      all.outcomes.push([of.version, outcome, difference]);
    },
    dice: () => all.dice,
  });
  const infer = resolved(
    catalog,
    () => Promise.resolve(all.live),
    undefined,
    createTrafficRules(catalog, () => 0, shadows),
  );
  return all;
}

/** Lets everything run that was put off. */
const turn = (): Promise<void> =>
  new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

test('a copy is answered after the live answer, compared, and given to nobody', async () => {
  const all = shadowed();
  const x = floats('x', [1], [3]);
  const live = await all.ask({ inputs: [x] });
  expect(live).toBe(all.live);
  expect(all.seen).toEqual([]);
  // The memory is used again for others once the answer has left.
  x.data.fill(0);
  await turn();
  expect(all.seen).toHaveLength(1);
  const [{ request: copied, context: own }] = all.seen as [Shadowed['seen'][number]];
  expect(copied).toMatchObject({ version: '2', servable: two, inputs: [floats('x', [1], [3])] });
  expect(own).toMatchObject({ priority: 9, gone: false, copy: true });
  expect(all.outcomes).toEqual([[2, 'equal', 0]]);
});

test.each([
  ['another answer', () => Promise.resolve(answer(2, 7)), 'different', 2],
  ['a failure', () => Promise.reject(new ShoalError('run_failed', 'no')), 'failed', 0],
  ['a full queue', () => Promise.reject(new ShoalError('overloaded', 'no')), 'dropped', 0],
  ['no room', () => Promise.reject(new ShoalError('insufficient_memory', 'no')), 'dropped', 0],
  ['a load', () => Promise.reject(new ShoalError('model_not_ready', 'no')), 'dropped', 0],
  ['a lost host', () => Promise.reject(new ShoalError('host_lost', 'no')), 'lost', 0],
  ['an end', () => Promise.reject(new ShoalError('shutting_down', 'no')), 'dropped', 0],
  ['change after change', () => Promise.reject(new StaleServable('m')), 'dropped', 0],
] as const)('%s is noted, and nobody notices', async (_what, shadow, outcome, difference) => {
  const all = shadowed();
  all.shadow = shadow;
  expect(await all.ask()).toBe(all.live);
  await turn();
  expect(all.outcomes).toEqual([[2, outcome, difference]]);
});

test('one that never answers keeps nobody waiting, and no more than eight are under way', async () => {
  const all = shadowed();
  let end: (response: InferResponse) => void = () => undefined;
  all.shadow = () => new Promise((resolve) => (end = resolve));
  for (let asked = 0; asked < 10; asked += 1) expect(await all.ask()).toBe(all.live);
  await turn();
  expect(all.seen).toHaveLength(8);
  expect(all.outcomes).toEqual([
    [2, 'dropped', 0],
    [2, 'dropped', 0],
  ]);
  // That of another model has eight of its own.
  for (let asked = 0; asked < 10; asked += 1) await all.ask({ model: 'other' });
  await turn();
  expect(all.seen).toHaveLength(16);
  end(answer(2, 5));
  await turn();
  for (let asked = 0; asked < 2; asked += 1) await all.ask({ model: 'other' });
  await turn();
  expect(all.seen).toHaveLength(17);
});

test('of all shadows together no more than 64 are under way', async () => {
  const all = shadowed();
  all.shadow = () => new Promise(() => undefined);
  for (let asked = 0; asked < 70; asked += 1) await all.ask({ model: `m${asked}` });
  await turn();
  expect(all.seen).toHaveLength(64);
  expect(all.outcomes).toHaveLength(6);
});

test.each<[string, (all: Shadowed) => void, Partial<ResolvedRequest>]>([
  ['while live requests wait', (all) => (all.busy = true), {}],
  [
    'of large inputs',
    () => undefined,
    { inputs: [floats('x', [300_000], new Array<number>(300_000).fill(1))] },
  ],
  [
    "from clients' memory",
    () => undefined,
    {
      inputs: [{ ...floats('x', [1], [3]), shared: { bytes: 4 } as never }],
    },
  ],
])('copies %s are dropped', async (_what, change, more) => {
  const all = shadowed();
  change(all);
  await all.ask(more);
  await turn();
  expect([all.seen, all.outcomes]).toEqual([[], [[2, 'dropped', 0]]]);
});

test.each<[string, (all: Shadowed) => void, Partial<ResolvedRequest>]>([
  ['beyond the share', (all) => (all.dice = 0.5), {}],
  ['that names a version', () => undefined, { version: '1' }],
  ['with a default answer', (all) => (all.live = { ...all.live, defaultFor: 'overloaded' }), {}],
])('a request %s is not copied', async (_what, change, more) => {
  const all = shadowed();
  change(all);
  await all.ask(more);
  await turn();
  expect([all.seen, all.outcomes]).toEqual([[], []]);
});

test('a shadow that is not loaded is noted', async () => {
  const all = shadowed();
  all.loaded = false;
  expect(await all.ask()).toBe(all.live);
  await turn();
  expect(all.outcomes).toEqual([[2, 'failed', 0]]);
});

test('a copy that the model has changed under is resolved again', async () => {
  const all = shadowed();
  let asked = 0;
  all.shadow = () => {
    asked += 1;
    return asked === 1 ? Promise.reject(new StaleServable('m')) : Promise.resolve(answer(2, 5));
  };
  expect(await all.ask()).toBe(all.live);
  await turn();
  expect([asked, all.refreshed, all.outcomes]).toEqual([2, 1, [[2, 'equal', 0]]]);
});
