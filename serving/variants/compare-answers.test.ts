import type { Tensor } from '../../protocol/tensor';
import { floats, strings } from '../../tests/support/servables';
import { compareAnswers, type Compared } from './compare-answers';

const one = [floats('y', [1, 3], [1, 2, 300])];

/** Of turns that all come at once. */
function compare(ones: readonly Tensor[], others: readonly Tensor[]): Promise<Compared> {
  return compareAnswers(ones, others, (go) => {
    go();
  });
}

describe('answers of two versions', () => {
  test.each([
    ['every bit', [floats('y', [1, 3], [1, 2, 300])], 'equal', 0],
    ['a rounding', [floats('y', [1, 3], [1, 2, 300.0625])], 'close', 0.0625],
    ['more than that', [floats('y', [1, 3], [1, 2.5, 300])], 'different', 0.5],
    ['no number', [floats('y', [1, 3], [1, NaN, 300])], 'different', Infinity],
    ['an infinity', [floats('y', [1, 3], [1, Infinity, 300])], 'different', Infinity],
    ['another shape', [floats('y', [3], [1, 2, 300])], 'different', Infinity],
    ['another name', [floats('z', [1, 3], [1, 2, 300])], 'different', Infinity],
    ['another datatype', [strings('y', [1, 3], ['1', '2', '300'])], 'different', Infinity],
    ['an output less', [], 'different', Infinity],
  ] as const)('%s', async (_what, other, outcome, difference) => {
    expect(await compare(one, other)).toEqual({ outcome, difference });
  });

  test('infinities are equal to themselves only', async () => {
    const of = (value: number) => [floats('y', [2], [value, 1])];
    expect((await compare(of(Infinity), of(7))).outcome).toBe('different');
    expect((await compare(of(Infinity), of(-Infinity))).outcome).toBe('different');
  });

  test('0 and -0 are close, NaN is NaN', async () => {
    const zeros = await compare([floats('y', [1], [0])], [floats('y', [1], [-0])]);
    expect(zeros.outcome).toBe('close');
    const nothing = floats('y', [2], [NaN, 1]);
    expect((await compare([nothing], [nothing])).outcome).toBe('equal');
    const near = await compare([nothing], [floats('y', [2], [NaN, 1.00001])]);
    expect(near.outcome).toBe('close');
  });

  test('texts are equal or different; the worst output counts', async () => {
    const texts = strings('t', [1], ['a']);
    expect(await compare([texts], [texts])).toEqual({ outcome: 'equal', difference: 0 });
    const both = await compare([...one, texts], [...one, strings('t', [1], ['b'])]);
    expect(both).toEqual({ outcome: 'different', difference: Infinity });
  });

  test('whole numbers of 64 bits', async () => {
    const of = (value: bigint) => ({
      name: 'n',
      datatype: 'INT64' as const,
      shape: [1],
      data: new Uint8Array(BigInt64Array.of(value).buffer),
    });
    expect(await compare([of(5n)], [of(7n)])).toEqual({ outcome: 'different', difference: 2 });
  });

  test('of many numbers others have a turn in between, and each number counts', async () => {
    const length = 100_000;
    const bytes = (at: number, value: number): Tensor => {
      const data = new Uint8Array(length);
      data[at] = value;
      return { name: 'n', datatype: 'UINT8', shape: [length], data };
    };
    const turns: (() => void)[] = [];
    let compared: Compared | undefined;
    void compareAnswers([bytes(length - 1, 0)], [bytes(length - 1, 7)], (go) => {
      turns.push(go);
    }).then((found) => (compared = found));
    let taken = 0;
    for (let go = turns.shift(); go !== undefined; go = turns.shift()) {
      expect([compared, turns]).toEqual([undefined, []]);
      taken += 1;
      go();
      await new Promise(setImmediate);
    }
    expect([taken > 5, compared]).toEqual([true, { outcome: 'different', difference: 7 }]);
    // What is equal in every bit is seen at once.
    const same = await compareAnswers([bytes(0, 1)], [bytes(0, 1)], () => undefined);
    expect(same).toEqual({ outcome: 'equal', difference: 0 });
  });
});
