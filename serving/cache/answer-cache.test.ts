import type { ModelEntry, Servable } from '../../protocol/catalog';
import { modelEntry, versionEntry } from '../../tests/support/catalogs';
import { floats, servable, spec } from '../../tests/support/servables';
import { AnswerCache } from './answer-cache';

const sha = (version: number): string => versionEntry(version).sha256;

/** Version 1 of a model of which each answer takes 1000 bytes. */
function kept(model: string, cache: Partial<Servable['cache']> = {}): Servable {
  const none = { maxBytes: null, ttlMs: null, sha256: sha(1) };
  return { ...servable([spec('x', [1])], []), model, cache: { ...none, ...cache } };
}

const answer = [floats('y', [122], Array<number>(122).fill(1))];

function setUp(maxBytes = 10_000, names = ['a', 'b']) {
  const evicted: string[] = [];
  let models: readonly ModelEntry[] = names.map((name) => modelEntry(name));
  const cache = new AnswerCache({
    maxBytes,
    models: () => models,
    onEvicted: (model) => evicted.push(model),
  });
  const serve = (now: readonly ModelEntry[]): void => {
    models = now;
  };
  const has = (of: Servable, ...keys: string[]): boolean[] =>
    keys.map((key) => cache.get(of, key, 0) !== undefined);
  return { cache, evicted, serve, has };
}

test('what was used least recently makes room, whatever model it is of', () => {
  const { cache, evicted, has } = setUp(4000);
  const [a, b] = [kept('a'), kept('b')];
  for (const key of ['1', '2', '3']) cache.put(a, key, answer, 0);
  cache.put(b, '1', answer, 0);
  expect(has(a, '1')).toEqual([true]);
  cache.put(b, '2', answer, 0);
  cache.put(b, '3', answer, 0);
  expect(has(a, '1', '2', '3')).toEqual([true, false, false]);
  expect(has(b, '1', '2', '3')).toEqual([true, true, true]);
  expect(evicted).toEqual(['a', 'a']);
  expect(cache.sizes()).toEqual([
    { model: 'a', version: 1, answers: 1, bytes: 1000 },
    { model: 'b', version: 1, answers: 3, bytes: 3000 },
  ]);
});

test('a model of limited room makes room for itself', () => {
  const { cache, evicted, has } = setUp();
  const [a, b] = [kept('a', { maxBytes: 2000 }), kept('b')];
  cache.put(b, '1', answer, 0);
  for (const key of ['1', '2', '3', '3']) cache.put(a, key, answer, 0);
  expect(has(a, '1', '2', '3')).toEqual([false, true, true]);
  expect(has(b, '1')).toEqual([true]);
  expect(evicted).toEqual(['a']);
});

test('an answer goes when its time is over', () => {
  const { cache } = setUp();
  const a = kept('a', { ttlMs: 50 });
  cache.put(a, '1', answer, 100);
  expect(cache.get(a, '1', 149)).toBe(answer);
  expect(cache.get(a, '1', 150)).toBeUndefined();
  expect(cache.sizes()).toEqual([]);
});

test('what would push out too much, or has no room at all, is not kept', () => {
  const large = [floats('y', [500], Array<number>(500).fill(1))];
  const { cache, has, evicted } = setUp(8000);
  cache.put(kept('a'), '1', answer, 0);
  cache.put(kept('a'), '2', large, 0);
  cache.put(kept('b', { maxBytes: 900 }), '1', answer, 0);
  expect(has(kept('a'), '1', '2')).toEqual([true, false]);
  expect([evicted, cache.sizes().length]).toEqual([[], 1]);
  const none = setUp(0).cache;
  none.put(kept('a'), '1', answer, 0);
  expect(none.sizes()).toEqual([]);
});

test.each<[string, readonly ModelEntry[]]>([
  ['deleted', []],
  ['unloaded', [modelEntry('a', { versions: [versionEntry(1, { state: 'unloaded' })] })]],
  ['replaced', [modelEntry('a', { versions: [versionEntry(2)] })]],
  ['put there anew', [modelEntry('a', { versions: [versionEntry(1, { sha256: sha(7) })] })]],
])('the answers of a version that is %s are gone', (_what, models) => {
  const { cache, serve, has } = setUp();
  cache.put(kept('a'), '1', answer, 0);
  serve(models);
  expect(cache.sizes()).toEqual([]);
  expect(has(kept('a'), '1')).toEqual([false]);
  expect(has(kept('a', { sha256: sha(7) }), '1')).toEqual([false]);
});

test('another generation of the same version keeps them', () => {
  const { cache, serve, has } = setUp();
  cache.put(kept('a'), '1', answer, 0);
  serve([modelEntry('a', { generation: 9, defaultVersion: 2, description: 'new' })]);
  expect(has({ ...kept('a'), generation: 9 }, '1')).toEqual([true]);
});

test('a version that has left the memory, and comes back when it is asked for, keeps them', () => {
  const { cache, serve, has } = setUp();
  cache.put(kept('a'), '1', answer, 0);
  const away = versionEntry(1, { state: 'unloaded', onDemand: true });
  serve([modelEntry('a', { versions: [away] })]);
  expect(has(kept('a'), '1')).toEqual([true]);
});
