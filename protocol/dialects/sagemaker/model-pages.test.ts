import type { LoadedModel } from './hosting';
import { modelPage } from './model-pages';

function models(names: readonly string[]): LoadedModel[] {
  return [...names].sort().map((name) => ({ name, url: `/opt/ml/models/${name}` }));
}

function page(names: readonly string[], query: string) {
  const { models: found, nextPageToken } = modelPage(models(names), new URLSearchParams(query));
  return [found.map(({ modelName }) => modelName).join(''), nextPageToken];
}

test.each([
  ['', ['abcde', undefined]],
  ['limit=2', ['ab', 'b']],
  ['limit=2&next_page_token=b', ['cd', 'd']],
  ['limit=2&next_page_token=d', ['e', undefined]],
  ['limit=5', ['abcde', undefined]],
  ['next_page_token=z', ['', undefined]],
])('?%s', (query, expected) => {
  expect(page(['a', 'b', 'c', 'd', 'e'], query)).toEqual(expected);
});

test('a page has 100 models, and none are an empty list', () => {
  const many = Array.from({ length: 101 }, (_, at) => `m${at + 100}`);
  expect(modelPage(models(many), new URLSearchParams()).models).toHaveLength(100);
  expect(modelPage([], new URLSearchParams())).toEqual({ models: [] });
});

test('what stays is told once, whatever comes and goes between two pages', () => {
  const [first, token] = page(['b', 'd', 'f', 'h'], 'limit=2');
  const [rest] = page(['a', 'c', 'f', 'h'], `limit=10&next_page_token=${token ?? ''}`);
  expect([first, rest]).toEqual(['bd', 'fh']);
});

test.each(['0', '-1', 'many', '1.5'])('limit=%s is refused', (limit) => {
  expect(() => modelPage([], new URLSearchParams({ limit }))).toThrow(/whole number from 1/);
});
