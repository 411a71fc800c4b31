import { fixedText } from './fixed-text';

describe('fixedText', () => {
  test.each([
    [0, '0.000000'],
    [-0, '-0.000000'],
    [17, '17.000000'],
    [-1e-9, '-0.000000'],
    [1 / 3, '0.333333'],
    [Math.fround(0.1), '0.100000'],
    [Math.fround(0.9999999), '1.000000'],
    // Halves of the last decimal go to the even one, as `printf '%f'` has it.
    [1 / 128, '0.007812'],
    [3 / 128, '0.023438'],
    [-5 / 128, '-0.039062'],
    [129 / 128, '1.007812'],
    [2 ** -20, '0.000001'],
    [1e20, '100000000000000000000.000000'],
    [1e22, '10000000000000000000000.000000'],
    [1e23, '99999999999999991611392.000000'],
    [NaN, 'nan'],
    [Infinity, 'inf'],
    [-Infinity, '-inf'],
  ])('%p is %s', (value, text) => {
    expect(fixedText(value)).toBe(text);
  });
});
