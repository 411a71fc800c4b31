import fc from 'fast-check';
import { strings, floats } from '../tests/support/servables';
import { joinRows, splitRows } from './tensor-rows';

describe('rows', () => {
  const counts = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 10 });

  test('parts of a fixed-size tensor joined again are the tensor', () => {
    fc.assert(
      fc.property(counts, fc.integer({ min: 0, max: 4 }), (sizes, width) => {
        const rows = sizes.reduce((sum, size) => sum + size, 0);
        const values = Array.from({ length: rows * width }, (_, at) => at);
        const whole = floats('t', [rows, width], values);
        const parts = splitRows(whole, sizes);
        expect(parts.map((part) => part.shape[0])).toEqual(sizes);
        expect(Buffer.from(joinRows(parts).data)).toEqual(Buffer.from(whole.data));
      }),
    );
  });

  test('parts of a string tensor are whole strings', () => {
    fc.assert(
      fc.property(counts, fc.func(fc.string()), (sizes, textAt) => {
        const rows = sizes.reduce((sum, size) => sum + size, 0);
        const texts = Array.from({ length: rows * 2 }, (_, at) => textAt(at));
        const parts = splitRows(strings('t', [rows, 2], texts), sizes);
        let at = 0;
        for (const [index, size] of sizes.entries()) {
          const expected = strings('t', [size, 2], texts.slice(at * 2, (at + size) * 2));
          expect(Buffer.from(parts[index]!.data)).toEqual(Buffer.from(expected.data));
          at += size;
        }
      }),
    );
  });
});
