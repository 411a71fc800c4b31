import { short, table } from './table';

it('lines up columns: words to the left, figures to the right', () => {
  expect(table(['name', 'n'], [['a', '1'], ['long name', '1,000'], ['x']])).toBe(
    ['name           n', 'a              1', 'long name  1,000', 'x'].join('\n'),
  );
});

it.each([
  [0.01234, '0.012'],
  [1.234, '1.23'],
  [12.34, '12.3'],
  [123.4, '123'],
  [45_678.9, '45,679'],
  [-2.5, '-2.50'],
  [null, '-'],
  [NaN, '-'],
  [Infinity, '-'],
])('shortens %p to %s', (value, text) => {
  expect(short(value)).toBe(text);
});
