import { modelEntry, versionEntry } from '../../tests/support/catalogs';
import { repositoryIndex } from './repository-index';

const models = [
  modelEntry('conv'),
  modelEntry('empty', { versions: [] }),
  modelEntry('gone', {
    unloaded: true,
    versions: [versionEntry(1, { state: 'unloaded' }), versionEntry(2, { state: 'draining' })],
  }),
  modelEntry('two', {
    versions: [
      versionEntry(1, { state: 'unloaded', reason: 'not selected by version_policy' }),
      versionEntry(2, { state: 'failed', reason: 'no such operator' }),
      versionEntry(10, { state: 'loading' }),
    ],
  }),
];

test("a line per version in Triton's words, none left out", () => {
  expect(repositoryIndex(models, false)).toEqual([
    { name: 'conv', version: '1', state: 'READY' },
    { name: 'empty' },
    { name: 'gone', version: '1', state: 'UNAVAILABLE', reason: 'unloaded' },
    { name: 'gone', version: '2', state: 'UNLOADING' },
    { name: 'two', version: '1', state: 'UNAVAILABLE', reason: 'not selected by version_policy' },
    { name: 'two', version: '2', state: 'UNAVAILABLE', reason: 'no such operator' },
    { name: 'two', version: '10', state: 'LOADING' },
  ]);
});

test('only what is ready, where that is asked for', () => {
  expect(repositoryIndex(models, true)).toEqual([{ name: 'conv', version: '1', state: 'READY' }]);
});
