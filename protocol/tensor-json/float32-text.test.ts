import fc from 'fast-check';
import { float32ListText } from './float32-text';

function textOf(...values: number[]): string {
  return float32ListText(Float32Array.from(values));
}

const bits = new DataView(new ArrayBuffer(4));
const anyFloat32 = fc.integer({ min: 0, max: 2 ** 32 - 1 }).map((word) => {
  bits.setUint32(0, word);
  return bits.getFloat32(0);
});
const everyday = fc
  .tuple(fc.integer({ min: -999_999, max: 999_999 }), fc.integer({ min: -6, max: 12 }))
  .map(([digits, decimals]) => Math.fround(digits / 10 ** decimals));
const spread = fc
  .tuple(fc.double({ min: 1, max: 10, noNaN: true }), fc.integer({ min: -46, max: 38 }))
  .map(([size, power]) => Math.fround(size * 10 ** power));

describe('float32ListText', () => {
  it('is read as the same float32 again, by way of a double', () => {
    const lists = fc.array(fc.oneof(anyFloat32, everyday, spread));
    fc.assert(
      fc.property(lists, (list) => {
        const values = Float32Array.from(list);
        const texts = float32ListText(values).slice(1, -1).split(',');
        const read = values.length === 0 ? [] : texts.map((text) => Math.fround(Number(text)));
        expect(Float32Array.from(read)).toEqual(values);
        if (values.every((value) => Number.isFinite(value))) {
          expect(JSON.parse(float32ListText(values))).toHaveLength(values.length);
        }
      }),
      { numRuns: 5000 },
    );
  });

  it('has nine digits at most, but for whole numbers', () => {
    fc.assert(
      fc.property(fc.oneof(anyFloat32, everyday, spread), (value) => {
        fc.pre(Number.isFinite(value) && !Number.isInteger(value));
        const [digits = ''] = textOf(value).slice(1, -1).split('e');
        expect(digits.replace(/[-.]/g, '').replace(/^0+/, '').length).toBeLessThanOrEqual(9);
      }),
      { numRuns: 5000 },
    );
  });

  it('writes decimals of six digits as they were', () => {
    const decimal = fc
      .tuple(fc.integer({ min: -999_999, max: 999_999 }), fc.integer({ min: 0, max: 8 }))
      .map(([digits, decimals]) => digits / 10 ** decimals)
      .filter((value) => value !== 0 && !/^-?0\.0009/.test(String(value)));
    fc.assert(
      fc.property(decimal, (value) => {
        expect(textOf(value)).toBe(`[${value}]`);
      }),
      { numRuns: 5000 },
    );
  });

  it('goes on when its memory is full', () => {
    const values = Float32Array.from({ length: 50_000 }, (_, at) => at / 7 - 3000);
    expect(Float32Array.from(JSON.parse(float32ListText(values)) as number[])).toEqual(values);
  });

  it.each([
    ['zeros', [0, -0], '[0,-0.0]'],
    ['nothing', [], '[]'],
    ['words', [NaN, Infinity, -Infinity], '[NaN,Infinity,-Infinity]'],
    ['whole numbers', [1, -20, 16777216, 999999936, 1e9, 1234567936, 2 ** 64], ''],
    ['the least', [2 ** -149, -(2 ** -126)], '[1.401298e-45,-1.1754944e-38]'],
    ['the largest', [3.4028234663852886e38], '[3.4028235e+38]'],
    ['exponents', [1.5e-7, 9.99e-14, 1e22], '[1.5e-7,9.99e-14,1e+22]'],
    ['nearly one', [1 - 2 ** -24, 1 + 2 ** -23], '[0.99999994,1.0000001]'],
  ])('writes %s', (_case, values, expected) => {
    const whole = JSON.stringify(values);
    expect(textOf(...values)).toBe(expected === '' ? whole : expected);
  });
});
