import fc from 'fast-check';
import { ShoalError } from '../../core/errors';
import { datatypes, type Datatype } from '../datatype';
import { readExactJson } from '../exact-json/exact-reader';
import { losesIntegers, readJson } from '../exact-json/read-json';
import { elementCount, type Tensor } from '../tensor';
import { shapes, tensors } from '../../tests/support/arbitrary-tensors';
import { tensorFromJson } from './tensor-from-json';
import { valuesToJson } from './tensor-to-json';

function fromText(datatype: Datatype, shape: readonly number[], text: string): Tensor {
  return tensorFromJson('X', datatype, shape, readExactJson(text));
}

function flat(tensor: Tensor): string {
  return valuesToJson(tensor, { nonFinite: 'words', nested: false });
}

function faultOf(read: () => unknown): ShoalError {
  try {
    read();
  } catch (error) {
    if (error instanceof ShoalError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe.each(datatypes)('%s through JSON', (datatype) => {
  it.each([false, true])('comes back the same, nested: %s', (nested) => {
    fc.assert(
      fc.property(tensors(datatype), (tensor) => {
        const text = valuesToJson(tensor, { nonFinite: 'words', nested });
        const value = losesIntegers(text) ? readExactJson(text) : readJson(text);
        const back = tensorFromJson('X', datatype, tensor.shape, value);
        expect(back.shape).toEqual(tensor.shape);
        expect(Buffer.from(back.data).equals(tensor.data)).toBe(true);
      }),
    );
  });

  it('refuses every other number of values', () => {
    const tensor = fc.tuple(tensors(datatype), shapes);
    fc.assert(
      fc.property(tensor, ([{ shape, data }, other]) => {
        fc.pre(elementCount(shape) !== elementCount(other));
        const text = valuesToJson(
          { name: 'X', datatype, shape, data },
          {
            nonFinite: 'words',
            nested: false,
          },
        );
        const fault = faultOf(() => tensorFromJson('X', datatype, other, readExactJson(text)));
        expect(fault.code).toBe('invalid_request');
        expect(fault.message).toContain(`holds ${elementCount(other)} values`);
      }),
    );
  });
});

describe('tensorFromJson', () => {
  it('takes any mixture of depths', () => {
    const tensor = fromText('INT32', [2, 3], '[1,[2,[3]],[[4,5],6]]');
    expect(flat(tensor)).toBe('[1,2,3,4,5,6]');
  });

  it('counts values, not lists', () => {
    expect(flat(fromText('INT32', [2], '[[],[1,2]]'))).toBe('[1,2]');
    expect(faultOf(() => fromText('INT32', [2], '[[],[1,2,3]]')).message).toContain('got 3');
    expect(faultOf(() => fromText('FP32', [2], '[[1,2,3],4]')).message).toContain('got 4');
    expect(faultOf(() => fromText('BYTES', [2], '[["a","b"],"c"]')).message).toContain('got 3');
  });

  it('takes a bare value for a scalar', () => {
    expect(flat(fromText('FP32', [], '5'))).toBe('[5]');
    expect(flat(fromText('BYTES', [1], '"a"'))).toBe('["a"]');
  });

  it.each([
    ['UINT8', 0, 255],
    ['UINT16', 0, 65_535],
    ['UINT32', 0, 4_294_967_295],
    ['INT8', -128, 127],
    ['INT16', -32_768, 32_767],
    ['INT32', -2_147_483_648, 2_147_483_647],
  ] as const)('keeps %s within %d and %d', (datatype, least, most) => {
    expect(flat(fromText(datatype, [2], `[${least},${most}]`))).toBe(`[${least},${most}]`);
    for (const wrong of [least - 1, most + 1]) {
      const fault = faultOf(() => fromText(datatype, [1], `[${wrong}]`));
      expect(fault.message).toContain(`an integer from ${least} to ${most}, got ${wrong}`);
    }
  });

  it('keeps all 64 bits', () => {
    const least = '[-9223372036854775808,9223372036854775807,9007199254740993,-1,-4294967296]';
    expect(flat(fromText('INT64', [5], least))).toBe(least);
    const most = '[18446744073709551615,9007199254740993,0,4294967296,9007199254740991]';
    expect(flat(fromText('UINT64', [5], most))).toBe(most);
  });

  it.each([
    ['INT64', '9223372036854775808'],
    ['INT64', '-9223372036854775809'],
    ['INT64', '1'.repeat(30)],
    ['UINT64', '18446744073709551616'],
    ['UINT64', '-1'],
    ...(['INT64', 'UINT64', 'INT8', 'UINT32'] as const).flatMap((datatype) =>
      ['1.0', '1e3', '1.5', '"1"', 'true', 'null', 'NaN', 'Infinity', '{}'].map(
        (text) => [datatype, text] as const,
      ),
    ),
    ['BOOL', '1'],
    ['BOOL', '"true"'],
    ['BOOL', 'null'],
    ['FP32', '"a"'],
    ['FP32', 'true'],
    ['FP64', 'null'],
    ['FP16', '{}'],
    ['BYTES', '1'],
    ['BYTES', 'null'],
    ['BYTES', '"a\\u0000b"'],
    ['BYTES', '"\\ud800"'],
  ] as const)('refuses %s %s', (datatype, text) => {
    const fault = faultOf(() => fromText(datatype, [2], `[[${text}],${text}]`));
    expect(fault.code).toBe('invalid_request');
    expect(fault.message).toContain(`input 'X': element 0 of ${datatype} must be `);
  });

  it('names the element in its flat place', () => {
    expect(faultOf(() => fromText('INT64', [4], '[[1,2],[3,"x"]]')).message).toBe(
      `input 'X': element 3 of INT64 must be an integer from -9223372036854775808 to 9223372036854775807, got "x"`,
    );
  });

  it.each([[[1, -2]], [[2147483648, 2147483648, 4]], [[1.5]], [[65536, 65536]]])(
    'refuses shape %j before it allocates',
    (shape) => {
      expect(faultOf(() => tensorFromJson('X', 'FP32', shape, [])).message).toContain('shape [');
    },
  );

  it('does not allocate what a shape promises and the values do not keep', () => {
    const fault = faultOf(() => tensorFromJson('X', 'FP64', [2 ** 31 - 1], []));
    expect(fault.message).toContain('holds 2147483647 values, got 0');
  });

  it('rounds halves from the double, not by way of a float', () => {
    const value = 1 + 2 ** -11 + 2 ** -40;
    expect(flat(fromText('FP16', [1], `[${value}]`))).toBe(`[${1 + 2 ** -10}]`);
  });
});

describe('valuesToJson', () => {
  const floats = fromText('FP32', [2, 2], '[0.1,1,-2.5,3e38]');

  it('prints the digits that tell a float32 from all others', () => {
    expect(flat(floats)).toBe('[0.1,1,-2.5,3e+38]');
  });

  it('nests after the shape', () => {
    const nested = { nonFinite: 'refuse', nested: true } as const;
    expect(valuesToJson(floats, nested)).toBe('[[0.1,1],[-2.5,3e+38]]');
    const cube = fromText('INT64', [2, 1, 2], '[1,2,3,4]');
    expect(valuesToJson(cube, nested)).toBe('[[[1,2]],[[3,4]]]');
    expect(valuesToJson(fromText('BOOL', [], '[true]'), nested)).toBe('true');
    expect(valuesToJson(fromText('INT64', [], '[7]'), nested)).toBe('7');
    expect(valuesToJson(fromText('FP32', [2, 0], '[]'), nested)).toBe('[]');
  });

  it('writes NaN and infinities as words or refuses them by name', () => {
    const odd = fromText('FP64', [2, 2], '[1.5,NaN,Infinity,-Infinity]');
    expect(flat(odd)).toBe('[1.5,NaN,Infinity,-Infinity]');
    expect(valuesToJson(odd, { nonFinite: 'words', nested: true })).toBe(
      '[[1.5,NaN],[Infinity,-Infinity]]',
    );
    const fault = faultOf(() => valuesToJson(odd, { nonFinite: 'refuse', nested: false }));
    expect(fault.code).toBe('unrepresentable_output');
    expect(fault.message).toContain("output 'X': element 1");
  });

  it('names the output whose strings are no UTF-8', () => {
    const data = Buffer.from([1, 0, 0, 0, 0x61, 2, 0, 0, 0, 0xff, 0xfe]);
    const tensor: Tensor = { name: 'Y', datatype: 'BYTES', shape: [2], data };
    const fault = faultOf(() => flat(tensor));
    expect(fault.code).toBe('unrepresentable_output');
    expect(fault.message).toContain("output 'Y': element 1");
  });
});
