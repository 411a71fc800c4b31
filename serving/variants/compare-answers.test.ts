import { floats, strings } from '../../tests/support/servables';
import { compareAnswers } from './compare-answers';

const one = [floats('y', [1, 3], [1, 2, 300])];

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
  ] as const)('%s', (_what, other, outcome, difference) => {
    expect(compareAnswers(one, other)).toEqual({ outcome, difference });
  });

  test('infinities are equal to themselves only', () => {
    const of = (value: number) => [floats('y', [2], [value, 1])];
    expect(compareAnswers(of(Infinity), of(7)).outcome).toBe('different');
    expect(compareAnswers(of(Infinity), of(-Infinity)).outcome).toBe('different');
  });

  test('0 and -0 are close, NaN is NaN', () => {
    expect(compareAnswers([floats('y', [1], [0])], [floats('y', [1], [-0])]).outcome).toBe('close');
    const nothing = floats('y', [2], [NaN, 1]);
    expect(compareAnswers([nothing], [nothing]).outcome).toBe('equal');
    const near = compareAnswers([nothing], [floats('y', [2], [NaN, 1.00001])]);
    expect(near.outcome).toBe('close');
  });

  test('texts are equal or different; the worst output counts', () => {
    const texts = strings('t', [1], ['a']);
    expect(compareAnswers([texts], [texts])).toEqual({ outcome: 'equal', difference: 0 });
    const both = compareAnswers([...one, texts], [...one, strings('t', [1], ['b'])]);
    expect(both).toEqual({ outcome: 'different', difference: Infinity });
  });

  test('whole numbers of 64 bits', () => {
    const of = (value: bigint) => ({
      name: 'n',
      datatype: 'INT64' as const,
      shape: [1],
      data: new Uint8Array(BigInt64Array.of(value).buffer),
    });
    expect(compareAnswers([of(5n)], [of(7n)])).toEqual({ outcome: 'different', difference: 2 });
  });
});
