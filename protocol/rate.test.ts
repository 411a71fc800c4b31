import { parseRate } from './rate';

test.each([
  ['100/s', 100, 10],
  ['5/s', 5, 1],
  ['0.5/s', 0.5, 1],
  ['100/s burst 250', 100, 250],
  ['60/min', 1, 1],
  ['3600/h burst 5', 1, 5],
])('%s', (text, perSecond, burst) => {
  expect(parseRate(text)).toEqual({ perSecond, burst });
});

test.each([
  '',
  '100',
  '100/d',
  '0/s',
  '-1/s',
  '1e3/s',
  '100/s burst 0',
  '100/s burst',
  '1/s  burst 1',
])('not %j', (text) => {
  expect(parseRate(text)).toBeUndefined();
});
