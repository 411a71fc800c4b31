import type { Member } from '../../protocol/cluster/heartbeat';
import { othersWord } from './others-word';

const loaded: Member = { id: 'h2', successors: { 'iris:2': '' } };
const atIt: Member = { id: 'h3', successors: { 'iris:1': '' } };
const cannot: Member = { id: 'h4', successors: { 'iris:2': 'too large' } };
const earlier: Member = { id: 'h5' };

test.each<[string, Member[] | undefined, string]>([
  ['nobody else is there', [], 'can be'],
  ['nothing is known of others', undefined, 'wait'],
  ['all have loaded it', [loaded, { ...loaded, id: 'h6' }], 'can be'],
  ['one is still at it', [loaded, atIt], 'wait'],
  ['one is of an earlier release', [earlier, loaded], 'can be'],
])('where %s', (_what, others, word) => {
  expect(othersWord(others, 'iris', 2)).toBe(word);
});

test('where one cannot load it, that one is named with its reason, before those still at it', () => {
  expect(othersWord([atIt, loaded, cannot], 'iris', 2)).toMatchObject({
    code: 'conflict',
    message: "Version 2 of 'iris' is not the default, as modelhost h4 cannot load it: too large",
  });
});
