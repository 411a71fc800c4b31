import fc from 'fast-check';
import { ShoalError } from '../../../core/errors';
import { datatypes } from '../../datatype';
import { readInferCall } from './read-infer-call';

const number = fc.constantFrom(
  ...['1', '0', '-1', '2', '1.0', '1e0', '1E0', '2.5', '-0', '0.1', '127', '300', '65520'],
  ...['9007199254740991', '9007199254740993', '-9223372036854775808', '9223372036854775808'],
  ...['18446744073709551615', '18446744073709551616', '1e999', '123456789012345678901234'],
);
const element = fc.oneof(
  { weight: 8, arbitrary: number },
  fc.constantFrom('true', 'null', '"a"', '"1.0"', '"9007199254740993"', '{}', '[]'),
);
const list = fc.array(element, { maxLength: 3 }).map((items) => `[${items.join(', ')}]`);
const shape = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom('[1]', '[1.0]', '[1e0]', '[2]', '[1,2]', '[]', '[3]', '[ 0 ]'),
  },
  list,
);
const datatype = fc.constantFrom(...datatypes, '\\u0049NT64');
const shapeKey = fc.constantFrom('shape', 'shape', 'sh\\u0061pe');
const input = fc
  .tuple(
    shapeKey,
    shape,
    datatype,
    fc.oneof(
      list,
      list.map((inner) => `[${inner}]`),
    ),
  )
  .map(
    ([key, dims, type, data]) => `"${key}":${dims},"datatype":"${type}","data":${data},"name":"X"`,
  );
const inputs = fc
  .array(input, { maxLength: 3 })
  .map((items) => `[${items.map((item, at) => `{${item.replace(/X"$/, `X${at}"`)}}`).join(',')}]`);
const parameters = fc
  .tuple(fc.constantFrom('a', 'timeout', 'priority', 'shape'), element)
  .map(([name, value]) => `{"${name}":${value}}`);

function outcome(text: string): unknown {
  try {
    return readInferCall(text);
  } catch (error) {
    if (error instanceof ShoalError) return error.code;
    throw error;
  }
}

describe('readInferCall', () => {
  it('sees a dimension with a fraction behind an escaped key, whatever else is called shape', () => {
    const input = '{"sh\\u0061pe":[1.0],"datatype":"FP32","data":[1],"name":"X"}';
    expect(outcome(`{"inputs":[${input}],"parameters":{"shape":1}}`)).toBe('invalid_request');
  });

  it('reads the same whether JSON.parse can be used or not', () => {
    let accepted = 0;
    fc.assert(
      fc.property(inputs, parameters, (items, said) => {
        const text = `{"inputs":${items},"parameters":${said}`;
        const plain = outcome(`${text}}`);
        expect(plain).toEqual(outcome(`${text},"not JSON":NaN}`));
        if (typeof plain === 'object') accepted++;
      }),
      { numRuns: 2000 },
    );
    expect(accepted).toBeGreaterThan(100);
  });
});
