import fc from 'fast-check';
import type { JsonValue } from '../exact-json/json-value';
import type { TensorSpec } from '../signature';
import { shapeOfValues } from './values-shape';

function input(shape: TensorSpec['shape']): TensorSpec {
  return { name: 'X', datatype: 'FP32', valueType: 'tensor(float)', shape };
}

function nest(shape: readonly number[]): JsonValue {
  const [first, ...rest] = shape;
  return first === undefined ? 1 : Array.from({ length: first }, () => nest(rest));
}

describe('shapeOfValues', () => {
  test.each([
    ['a flat list is one row', [null, 4], [4], [1, 4]],
    ['nested lists are rows', [null, 4], [3, 4], [3, 4]],
    ['a flat list with a named batch axis', ['N', 2, 2], [4], [1, 2, 2]],
    ['flat rows of a picture', ['N', 1, 8, 8], [2, 64], [2, 1, 8, 8]],
    ['one whole picture without its batch axis', ['N', 1, 8, 8], [1, 8, 8], [1, 1, 8, 8]],
    ['one free dimension after the batch is counted', [null, null], [7], [1, 7]],
    ['one free dimension between fixed ones', [null, null, 3], [12], [1, 4, 3]],
    ['a fixed first dimension takes the whole tensor flat', [3, 4], [12], [3, 4]],
    ['rank one stays flat', [null], [5], [5]],
    ['rank one as rows of one', [null], [5, 1], [5]],
    ['a scalar as a list of one', [], [1], []],
    ['a bare value', [], [], []],
    ['a bare value for a tensor of one element', [null, 1], [], [1, 1]],
    ['an unknown rank takes one row', null, [3], [1, 3]],
    ['an unknown rank takes nested lists as they are', null, [2, 3], [2, 3]],
    ['no rows at all', [null, 0], [0, 0], null],
  ] as const)('%s', (_what, declared, given, wanted) => {
    const shape = shapeOfValues('values', input(declared), nest(given));
    expect(shape).toEqual(wanted ?? [1, 0]);
  });

  test.each([
    ['too short', [null, 4], [3]],
    ['rows too long', [null, 4], [2, 5]],
    ['too deep', [null, 4], [1, 1, 4]],
    ['an empty list', [null, 4], [0]],
    ['two free dimensions and a flat list', [null, null, null], [6]],
    ['a bare value for many', [null, 4], []],
  ] as const)('refuses %s', (_what, declared, given) => {
    const call = (): unknown => shapeOfValues('values', input(declared), nest(given));
    expect(call).toThrow(/values: input 'X' wants FP32\[.*got a/);
  });

  test('refuses uneven lists', () => {
    const call = (): unknown => shapeOfValues('values', input([null, 2]), [[1, 2], [3]]);
    expect(call).toThrow(/same length/);
  });

  test('every shape of the declared rank is taken as it is', () => {
    const dims = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(dims, (shape) => {
        const declared = shape.map((dim, axis) => (axis % 2 === 0 ? null : dim));
        expect(shapeOfValues('values', input(declared), nest(shape))).toEqual(shape);
      }),
    );
  });
});
