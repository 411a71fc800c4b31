import { spec } from '../tests/support/servables';
import { flavours, madeUpRow, stacked } from './made-up-input';

const types = ['FP32', 'FP16', 'FP64', 'INT64', 'UINT8', 'BOOL', 'BYTES'] as const;

test('made-up rows fit the signature, differ, and are the same for the same seed', () => {
  const inputs = types.map((type) => spec(type, [null, 40, 'free'], type));
  const make = (seed: number) =>
    madeUpRow({ inputs, outputs: [] }, { flavour: 'varied', seed, freeSize: 2 })!;
  expect(make(1)).toEqual(make(1));
  make(1).forEach((tensor, index) => {
    expect(tensor.shape).toEqual([1, 40, 2]);
    expect(Buffer.compare(tensor.data, make(2)[index]!.data)).not.toBe(0);
  });
  expect(stacked([make(1), make(2)]).map(({ shape }) => shape)).toEqual(
    types.map(() => [2, 40, 2]),
  );
});

test('the first free size of each input is one row, an open rank a single element', () => {
  const shapes = [['n', 3, null], [2, 'n', 5], [3], [], null, [null, null, null]] as const;
  const inputs = shapes.map((shape, at) => spec(`x${at}`, shape));
  const row = madeUpRow({ inputs, outputs: [] }, { flavour: 'zero', seed: 1, freeSize: 8 })!;
  expect(row.map(({ shape }) => shape)).toEqual([[1, 3, 8], [2, 1, 5], [3], [], [1], [1, 8, 8]]);
});

test.each(flavours)('what the runtime cannot take cannot be made up: %s', (flavour) => {
  const unknown = { ...spec('x', [1]), datatype: null };
  const by = { flavour, seed: 1, freeSize: 1 };
  expect(madeUpRow({ inputs: [unknown], outputs: [] }, by)).toBeUndefined();
});
