import type { VersionState } from '../../protocol/catalog';
import { nextAction, type Action, type ActualModel, type WantedModel } from './next-action';
import { advance } from './state';

function wanted(generation: number, versions: number[], urgent = versions.slice(-1)): WantedModel {
  const keys = new Map(versions.map((version) => [version, `k${version}`] as const));
  return { generation, versions: keys, urgent, leftovers: [], unloaded: false };
}

type States = Record<number, VersionState>;

function actual(generation: number, states: States, flipping = false): ActualModel {
  const versions = new Map(
    Object.entries(states).map(([version, state]) => [
      Number(version),
      { key: `k${version}`, state },
    ]),
  );
  return { generation, flipping, versions, removing: new Set() };
}

const load = (version: number): Action => ({ kind: 'load', version });
const unload = (version: number): Action => ({ kind: 'unload', version });
const forget = (version: number): Action => ({ kind: 'forget', version });
const flip = (generation: number): Action => ({ kind: 'set-generation', generation });

describe('the next action', () => {
  test.each<[string, WantedModel | undefined, ActualModel | undefined, Action | undefined]>([
    ['nothing at all', undefined, undefined, undefined],
    ['a new model: its default first', wanted(1, [1, 2]), undefined, load(2)],
    [
      'what is loading is waited for, others begin',
      wanted(1, [1, 2]),
      actual(0, { 2: 'loading' }),
      load(1),
    ],
    [
      'no generation before its default is ready',
      wanted(1, [2]),
      actual(0, { 2: 'loading' }),
      undefined,
    ],
    ['the generation begins when it is', wanted(1, [1, 2]), actual(0, { 2: 'ready' }), flip(1)],
    ['or when it has failed', wanted(1, [2]), actual(0, { 2: 'failed' }), flip(1)],
    ['once', wanted(1, [2]), actual(0, { 2: 'ready' }, true), undefined],
    [
      'a slow version that is not the default does not hold it up',
      wanted(2, [1, 2], [1]),
      actual(1, { 1: 'ready', 2: 'loading' }),
      flip(2),
    ],
    ['all done', wanted(1, [1, 2]), actual(1, { 1: 'ready', 2: 'ready' }), undefined],
    ['new default: load, old one stays', wanted(2, [1, 2]), actual(1, { 1: 'ready' }), load(2)],
    [
      'deleted: the generation before the unloading',
      wanted(2, [2]),
      actual(1, { 1: 'ready', 2: 'ready' }),
      flip(2),
    ],
    [
      'no unloading while it changes',
      wanted(2, [2]),
      actual(1, { 1: 'ready', 2: 'ready' }, true),
      undefined,
    ],
    ['then the unloading', wanted(2, [2]), actual(2, { 1: 'ready', 2: 'ready' }), unload(1)],
    ['draining is waited for', wanted(2, [2]), actual(2, { 1: 'draining', 2: 'ready' }), undefined],
    [
      'an ended life is forgotten',
      wanted(2, [2]),
      actual(2, { 1: 'unloaded', 2: 'ready' }),
      forget(1),
    ],
    [
      'a failed one that nobody wants too',
      wanted(2, [2]),
      actual(2, { 1: 'failed', 2: 'ready' }),
      forget(1),
    ],
    [
      'a failed one that is wanted stays',
      wanted(2, [1, 2]),
      actual(2, { 1: 'failed', 2: 'ready' }),
      undefined,
    ],
    [
      'an unloaded one that is wanted again begins anew',
      wanted(2, [1]),
      actual(2, { 1: 'unloaded' }),
      forget(1),
    ],
    [
      'what is loading and not wanted is unloaded later',
      wanted(2, [2]),
      actual(2, { 1: 'loading', 2: 'ready' }),
      undefined,
    ],
    ['all versions deleted', wanted(3, []), actual(2, { 1: 'ready' }), flip(3)],
    ['the model has vanished: unload', undefined, actual(2, { 1: 'ready' }), unload(1)],
    ['the model has vanished: wait', undefined, actual(2, { 1: 'draining' }), undefined],
    [
      'the model has vanished: forget the version',
      undefined,
      actual(2, { 1: 'failed' }),
      forget(1),
    ],
    ['the model has vanished: forget it', undefined, actual(2, {}), { kind: 'forget-model' }],
    ['but not while its generation changes', undefined, actual(2, {}, true), undefined],
    [
      'a default whose directory is missing holds nothing up',
      wanted(2, [1], [7]),
      actual(1, { 1: 'ready' }),
      flip(2),
    ],
  ])('%s', (_, want, there, action) => {
    expect(nextAction(want, there)).toEqual(action);
  });

  test('files of deleted versions go when nothing of them is loaded, once', () => {
    const want = { ...wanted(2, [2]), leftovers: [1] };
    const remove = { kind: 'remove-files', version: 1 };
    expect(nextAction(want, actual(2, { 1: 'draining', 2: 'ready' }))).toBeUndefined();
    expect(nextAction(want, actual(2, { 2: 'ready' }))).toEqual(remove);
    const removing = { ...actual(2, { 2: 'ready' }), removing: new Set([1]) };
    expect(nextAction(want, removing)).toBeUndefined();
  });

  test('a version that was exchanged under its number is loaded anew', () => {
    const want = { ...wanted(1, [1]), versions: new Map([[1, 'other']]) };
    expect(nextAction(want, actual(1, { 1: 'ready' }))).toEqual(unload(1));
    expect(nextAction(want, actual(1, { 1: 'failed' }))).toEqual(forget(1));
  });
});

describe('the states of a life', () => {
  const order: VersionState[] = ['new', 'loading', 'ready', 'draining', 'unloaded'];
  test('go forward', () => {
    for (const [index, state] of order.slice(0, -1).entries()) {
      expect(advance(state, order[index + 1]!)).toBe(order[index + 1]);
    }
    expect(advance('ready', 'failed')).toBe('failed');
  });
  test.each([
    ['ready', 'loading'],
    ['unloaded', 'loading'],
    ['failed', 'ready'],
    ['new', 'ready'],
    ['draining', 'ready'],
  ] as const)('never from %s to %s', (from, to) => {
    expect(() => advance(from, to)).toThrow(/cannot become/);
  });
});
