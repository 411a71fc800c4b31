import type { Parameter } from '../infer';
import { clientParameters, generationOf, segmentsOf, segmentsToText } from './http-parameters';

const segments = [
  { requestId: 'a', rows: 2, timeLeftMs: 1500, priority: 0, trace: '' },
  { requestId: 'b"', rows: 1, timeLeftMs: 20, priority: 1, trace: '00-x' },
];

test('segments survive the way through a request parameter', () => {
  const text = segmentsToText(segments);
  expect(segmentsOf(new Map([['shoal_segments', text]]))).toEqual(segments);
});

test.each([
  ['nothing', undefined],
  ['no JSON', '{'],
  ['no list', '{}'],
  ['a row too short', '[["a",1,2,3]]'],
  ['a row of other types', '[["a","1",2,3,""]]'],
])('%s is no segments', (_, text) => {
  expect(segmentsOf(new Map(text === undefined ? [] : [['shoal_segments', text]]))).toBeUndefined();
});

test('the generation is a number, also where it came as a big integer', () => {
  expect(generationOf(new Map([['shoal_generation', 7n]]))).toBe(7);
  expect(generationOf(new Map([['shoal_generation', 'x']]))).toBeUndefined();
});

test("parameters that an inferrer adds are no client's own", () => {
  const own = new Map<string, Parameter>([
    ['shoal', 'x'],
    ['sequence_id', 7n],
  ]);
  const added = new Map(own).set('shoal_generation', 7n).set('shoal_losses', 2);
  added.set('shoal_segments', segmentsToText(segments)).set('shoal_copies', true);
  expect(clientParameters(added)).toEqual(own);
  expect(clientParameters(own)).toBe(own);
});
