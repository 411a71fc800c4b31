import fc from 'fast-check';
import { halfBits, halfValue } from './half';

describe('halfBits', () => {
  it.each([
    [1, 0x3c00],
    [-2, 0xc000],
    [-0, 0x8000],
    [0, 0x0000],
    [0.1, 0x2e66],
    [65504, 0x7bff],
    [65519.99, 0x7bff],
    [65520, 0x7c00],
    [-1e300, 0xfc00],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000],
    [2 ** -25 * (1 + 2 ** -40), 0x0001],
    [2 ** -14, 0x0400],
    [2 ** -14 * (1 - 2 ** -12), 0x0400],
    [5e-324, 0x0000],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [2 - 2 ** -12, 0x4000],
    [Infinity, 0x7c00],
    [-Infinity, 0xfc00],
    [NaN, 0x7e00],
  ])('of %d is %i', (value, bits) => {
    expect(halfBits(value)).toBe(bits);
  });

  it('gives every half back', () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      const value = halfValue(bits);
      if (Number.isNaN(value)) expect(halfBits(value)).toBe(0x7e00);
      else if (halfBits(value) !== bits) throw new Error(`bits ${bits} gave ${halfBits(value)}`);
    }
  });

  it('is the nearest half, the even one of two equally near', () => {
    fc.assert(
      fc.property(fc.double({ min: -65504, max: 65504, noNaN: true }), (value) => {
        const bits = halfBits(value);
        const distance = Math.abs(halfValue(bits) - value);
        for (const next of [bits - 1, bits + 1]) {
          if ((next & 0x7fff) > 0x7bff || (next ^ bits) & 0x8000) continue;
          const other = Math.abs(halfValue(next) - value);
          expect(other > distance || (other === distance && bits % 2 === 0)).toBe(true);
        }
      }),
    );
  });
});
