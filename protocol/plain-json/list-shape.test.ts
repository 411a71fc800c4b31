import fc from 'fast-check';
import type { JsonValue } from '../exact-json/json-value';
import { nestedShape } from '../content/values-shape';
import { JsonCursor } from './json-cursor';
import { listShape } from './list-shape';
import { notPlain } from './not-plain';
import { readTensorData } from './tensor-data';

/** Shape by the quick way; undefined where it leaves the list to others. */
function quickShape(text: string): number[] | undefined {
  const cursor = new JsonCursor(Buffer.from(text));
  try {
    const shape = listShape(cursor);
    readTensorData(
      cursor,
      'INT32',
      shape.reduce((all, dim) => all * dim, 1),
    );
    return shape;
  } catch (error) {
    expect(error).toBe(notPlain);
    return undefined;
  }
}

function generalShape(list: JsonValue): number[] | undefined {
  try {
    return nestedShape('x', list);
  } catch {
    return undefined;
  }
}

function evenList([first, ...inner]: readonly number[]): JsonValue {
  if (first === undefined) return -12;
  return Array.from({ length: first }, () => evenList(inner));
}

const nested = fc.letrec<{ list: JsonValue[]; item: JsonValue }>((tie) => ({
  list: fc.array(tie('item'), { maxLength: 3 }),
  item: fc.oneof({ maxDepth: 3 }, fc.integer({ min: -99, max: 99 }), tie('list')),
})).list;

describe('listShape', () => {
  it('is the shape of even lists', () => {
    const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 });
    const space = fc.constantFrom(0, 1);
    fc.assert(
      fc.property(shapes, space, (shape, indent) => {
        expect(quickShape(JSON.stringify(evenList(shape), null, indent))).toEqual(shape);
      }),
    );
  });

  it('says nothing that the general reader does not say', () => {
    fc.assert(
      fc.property(nested, (list) => {
        const shape = quickShape(JSON.stringify(list));
        if (shape !== undefined) expect(shape).toEqual(generalShape(list));
      }),
      { numRuns: 2000 },
    );
  });

  it.each(['[[1],2]', '[1,[2]]', '[[1,2],[3]]', '[]', '[[],[1]]', '["a"]', '[1', '[1,2', '3', ''])(
    'leaves %s to others',
    (text) => {
      expect(quickShape(text)).toBeUndefined();
    },
  );
});
