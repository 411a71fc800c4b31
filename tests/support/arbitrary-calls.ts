import fc from 'fast-check';
import { datatypes, type Datatype } from '../../protocol/datatype';
import { isIntegerDatatype } from '../../protocol/tensor-json/integer-ranges';

const digits = fc.stringMatching(/^[0-9]{1,25}$/);
const spelled = fc
  .tuple(
    fc.constantFrom('', '', '', '-', '+'),
    fc.oneof(digits, fc.constantFrom('0', '1', '00', '01', '9007199254740993')),
    fc.oneof(
      fc.constant(''),
      digits.map((text) => `.${text}`),
      fc.constant('.'),
    ),
    fc.oneof(
      { weight: 4, arbitrary: fc.constant('') },
      fc.integer({ min: -400, max: 400 }).map((power) => `e${power}`),
      fc.integer({ min: -30, max: 30 }).map((power) => `E${power}`),
      fc.constantFrom('e+5', 'E', 'e-', 'e05'),
    ),
  )
  .map((parts) => parts.join(''));
const bits = new DataView(new ArrayBuffer(8));
const float32 = fc.integer({ min: 0, max: 2 ** 32 - 1 }).map((word) => {
  bits.setUint32(0, word);
  return String(bits.getFloat32(0));
});
/** Halfway between two float32, or next to that: where rounding twice goes wrong. */
const halfway = fc
  .tuple(fc.integer({ min: 1, max: 2 ** 24 - 1 }), fc.integer({ min: -60, max: 60 }), digits)
  .map(([mantissa, exponent, more]) => {
    const text = ((mantissa + 0.5) * 2 ** exponent).toString();
    return text.includes('.') && !text.includes('e') ? text + more : text;
  });
const double = fc.double({ noNaN: true, noDefaultInfinity: true }).map(String);
const short = fc.integer({ min: -99999, max: 99999 }).map((value) => String(value / 1000));
const integer = fc.oneof(
  fc.integer({ min: -300, max: 300 }).map(String),
  fc.integer().map(String),
  fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }).map(String),
  fc.constantFrom('-0', '9223372036854775807', '-9223372036854775808', '18446744073709551615'),
);
const odd = fc.constantFrom('NaN', '-Infinity', 'null', '"1"', '{}', '1.0', 'true', 'tru', '', '-');
/** A number in any spelling, some of them wrong. */
export const anyNumber = fc.oneof(spelled, float32, halfway, double, short, integer);
const element = fc.oneof(
  { weight: 20, arbitrary: short },
  { weight: 10, arbitrary: fc.oneof(float32, halfway) },
  { weight: 1, arbitrary: fc.oneof(spelled, double, integer) },
  { weight: 1, arbitrary: odd },
);
const whole = fc.oneof(
  { weight: 20, arbitrary: fc.integer({ min: 0, max: 127 }).map(String) },
  { weight: 2, arbitrary: integer },
  { weight: 1, arbitrary: fc.oneof(spelled, odd) },
);
const bool = fc.oneof({ weight: 30, arbitrary: fc.constantFrom('true', 'false') }, odd);
const gap = fc.constantFrom('', '', ' ', '\n', '\t \r\n', '  ');

/** Elements as a list that nests in any way, with the number of them. */
function lists(of: fc.Arbitrary<string>): fc.Arbitrary<{ count: number; text: string }> {
  const items = fc.array(of, { maxLength: 6 });
  const nested = fc.tuple(
    items,
    fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 8 }),
    gap,
  );
  return nested.map(([elements, moves, space]) => {
    const parts: string[] = [...elements];
    for (const [at, move] of moves.entries()) {
      const place = at % (parts.length + 1);
      if (move === 'a') parts.splice(place, 0, '[]');
      else if (place < parts.length) parts[place] = `[${space}${parts[place]!}${space}]`;
    }
    return { count: elements.length, text: `[${space}${parts.join(`${space},${space}`)}${space}]` };
  });
}

const datatype = fc.constantFrom(...datatypes);
const shapeOf = (count: number): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(`[${count}]`, `[1,${count}]`, `[ ${count} , 1 ]`) },
    fc.constantFrom(
      '[2]',
      '[-1]',
      '[1.0]',
      '[01]',
      '[2147483648]',
      '[]',
      '[1,]',
      '5',
      '[65536,65536]',
    ),
  );
const member = fc.oneof(
  { weight: 12, arbitrary: fc.constant('') },
  fc.constantFrom(
    '"x":1',
    '"name":"B"',
    '"shape":[1]',
    '"data":[1]',
    '"parameters":{}',
    '"na\\u006de":"C"',
  ),
);
const name = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom('X', 'input_ids') },
  fc.constantFrom('é', 'a\\"b', ''),
);
function elementOf(type: Datatype): fc.Arbitrary<string> {
  if (type === 'BOOL') return bool;
  return isIntegerDatatype(type) ? whole : element;
}
const oneInput = fc.tuple(datatype, name, gap).chain(([type, name, space]) =>
  lists(elementOf(type)).chain(({ count, text }) =>
    fc.tuple(shapeOf(count), member).chain(([shape, more]) => {
      const members = [`"name":"${name}"`, `"datatype":"${type}"`, `"shape":${shape}`];
      members.push(`"data":${text}`);
      if (more !== '') members.push(more);
      return fc
        .shuffledSubarray(members, { minLength: members.length, maxLength: members.length })
        .map((list) => `{${space}${list.join(`${space},${space}`)}${space}}`);
    }),
  ),
);
const inputs = fc
  .array(oneInput, { minLength: 1, maxLength: 2 })
  .map((list) => `"inputs":[${list.join(', ').replace('"X"', '"W"')}]`);
const others = fc.subarray([
  '"id":"7f3a"',
  '"id": ""',
  '"outputs":[]',
  '"outputs":[{"name":"Y"},{"name":"Z","parameters":{"binary_data":true}}]',
  '"outputs":[{"name":5}]',
  '"parameters":{"timeout":5000,"priority":1,"a":"b","c":1.5}',
  '"parameters":{"a":9007199254740993}',
  '"parameters":{"a":1e300,"binary_data_output":true}',
  '"parameters":{"__proto__":1}',
  '"unknown":[{}]',
]);
/** The JSON of an infer call, right or wrong, whose members come in any order. */
export const anyCall = fc
  .tuple(inputs, others, gap)
  .chain(([list, more, space]) =>
    fc
      .shuffledSubarray([list, ...more], { minLength: more.length + 1 })
      .map((members) => `${space}{${members.join(`,${space}`)}}${space}`),
  );

/** A call with everything in it that is usual. */
export const usualCall =
  '{"id":"a","inputs":[{"name":"X","shape":[2,2],"datatype":"FP32","data":[[1,-2.5],[3e2, 0.1]]},' +
  '{"data":[true,false],"name":"B","datatype":"BOOL","shape":[2]}],"outputs":[{"name":"Y"}],' +
  '"parameters":{"timeout":5}}';

const piece = fc.constantFrom(
  ...['', ',', '"', '\\', '}', ']', '[', '{', '0', '-', '.', 'e', ' ', '1', ':', 'x'],
  ...['\0', '\u007f', 'é', '\n', '[[', ']]', ',,', '1-2', 'tr'],
);

/** The usual call with a piece of it replaced. */
export const brokenCall = fc
  .tuple(fc.nat(usualCall.length), fc.nat(3), piece)
  .map(([at, cut, put]) => usualCall.slice(0, at) + put + usualCall.slice(at + cut));
