import fc from 'fast-check';
import { ShoalError } from '../../core/errors';
import { readExactJson } from './exact-reader';
import { DecimalNumber, isJsonArray, isJsonObject, type JsonValue } from './json-value';
import { jsonText, losesIntegers, readJson } from './read-json';

/** What JSON.parse would have made of an exactly read value. */
function rounded(value: JsonValue | undefined): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof DecimalNumber) return value.value;
  if (isJsonArray(value)) return value.map(rounded);
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, rounded(item)] as const);
  return Object.fromEntries(entries);
}

function nested(levels: number): string {
  return '['.repeat(levels) + ']'.repeat(levels);
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

const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String),
  fc.constantFrom('-0', '1.0', '1e3', '1E-2', '0.10', '1e999', '-12.5e+3', '9007199254740993'),
);
const space = fc.constantFrom('', ' ', '\n', '\t \r\n');
const key = fc.oneof(fc.constantFrom('__proto__', 'constructor', 'a', 'b'), fc.string());
const { text: anyJson } = fc.letrec<{ text: string }>((tie) => ({
  text: fc.oneof(
    { maxDepth: 4 },
    number,
    fc.constantFrom('true', 'false', 'null'),
    fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
    fc
      .tuple(fc.array(tie('text')), space)
      .map(([items, gap]) => `[${gap}${items.join(`${gap},${gap}`)}${gap}]`),
    fc
      .tuple(fc.array(fc.tuple(key, tie('text'))), space)
      .map(
        ([entries, gap]) =>
          `{${gap}${entries.map(([name, item]) => `${JSON.stringify(name)}${gap}:${gap}${item}`).join(`${gap},`)}${gap}}`,
      ),
  ),
}));

describe('readExactJson', () => {
  it('agrees with JSON.parse on all JSON, but for the kind of its numbers', () => {
    fc.assert(
      fc.property(anyJson, (text) => {
        expect(rounded(readExactJson(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('refuses what JSON.parse refuses, except NaN and Infinity', () => {
    const cut = fc
      .tuple(anyJson, fc.nat(), fc.constantFrom('', ',', '"', '\\', '}', ']', '0', '-', '.', 'x'))
      .map(([text, at, put]) => {
        const place = at % (text.length + 1);
        return text.slice(0, place) + put + text.slice(place + 1);
      });
    fc.assert(
      fc.property(cut, (text) => {
        let parsed: unknown;
        let fault = false;
        try {
          parsed = JSON.parse(text);
        } catch {
          fault = true;
        }
        if (fault) expect(faultOf(() => readExactJson(text)).code).toBe('malformed_body');
        else expect(rounded(readExactJson(text))).toEqual(parsed);
      }),
    );
  });

  it('keeps integers beyond 2^53', () => {
    expect(readExactJson('[9007199254740993,-9223372036854775808,18446744073709551615]')).toEqual([
      9007199254740993n,
      -9223372036854775808n,
      18446744073709551615n,
    ]);
  });

  it('gives integers within 2^53 as numbers', () => {
    expect(readExactJson('[9007199254740991,-1,0]')).toEqual([9007199254740991, -1, 0]);
  });

  it('does not spend time on integers longer than any datatype', () => {
    expect(readExactJson('9'.repeat(400))).toBe(Infinity);
    expect(readExactJson('1'.repeat(21))).toBe(Number('1'.repeat(21)));
  });

  it('shows whole numbers that were written as decimals', () => {
    expect(readExactJson('[1.0,1e3,1.5]')).toEqual([
      new DecimalNumber(1),
      new DecimalNumber(1000),
      1.5,
    ]);
  });

  it('takes NaN and the infinities', () => {
    expect(readExactJson('[NaN,Infinity,-Infinity]')).toEqual([NaN, Infinity, -Infinity]);
  });

  it('keeps a key __proto__ as a name and the last of equal keys', () => {
    const value = readExactJson('{"__proto__":{"a":1},"b":1,"b":2}');
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.keys(value as object)).toEqual(['__proto__', 'b']);
    expect((value as { b: number; a?: number }).a).toBeUndefined();
    expect((value as { b: number }).b).toBe(2);
  });

  it.each([
    ['', 'a value is wanted, found the end at 0 (line 1, column 1)'],
    ['{bad', 'a name in quotes is wanted, found "b" at 1'],
    ['[1,\n 2,]', 'a value is wanted, found "]" at 7 (line 2, column 4)'],
    ['[1 2]', "',' or ']' is wanted, found \"2\" at 3"],
    ['{"a" 1}', '\':\' is wanted, found "1" at 5'],
    ['"abc', 'the string does not end, found the end at 4'],
    ['["\\x"]', 'the string has a wrong escape, found "\\"" at 1'],
    ['01', 'a number must not begin with 0, found "1" at 1'],
    ['1.', 'a digit is wanted, found the end at 2'],
    ['1e+', 'a digit is wanted, found the end at 3'],
    ['{}xx', 'nothing must follow the JSON value, found "x" at 2'],
    ['nul', 'a value is wanted, found "n" at 0'],
  ])('says where %j is wrong', (text, message) => {
    const fault = faultOf(() => readExactJson(text));
    expect(fault.code).toBe('malformed_body');
    expect(fault.message).toContain('failed to parse the request JSON buffer: ');
    expect(fault.message).toContain(message);
  });
});

describe('readJson', () => {
  it('nests 100 levels and no more, wherever they are', () => {
    expect(readJson(nested(100))).toBeInstanceOf(Array);
    expect(faultOf(() => readJson(nested(101))).message).toContain('more than 100 levels');
    expect(faultOf(() => readJson(`{"a":${nested(100)}}`)).message).toContain('more than 100');
    expect(faultOf(() => readJson(nested(100_000))).message).toContain('more than 100 levels');
    expect(readJson(`[${'[1],'.repeat(200)}[1]]`)).toHaveLength(201);
  });

  it('equals the exact reader wherever losesIntegers says that nothing is lost', () => {
    const lossless = anyJson.filter((text) => !losesIntegers(text));
    fc.assert(
      fc.property(lossless, (text) => {
        expect(readJson(text)).toEqual(readExactJson(text));
      }),
    );
  });

  it('takes NaN and the infinities', () => {
    expect(readJson('{"a":[NaN,-Infinity]}')).toEqual({ a: [NaN, -Infinity] });
  });
});

describe('losesIntegers', () => {
  it.each(['[1.0]', '[1e3]', '[1E3]', '[9007199254740993]', '[-0.0]'])('is true for %s', (text) => {
    expect(losesIntegers(text)).toBe(true);
  });

  it('is false for short integers', () => {
    expect(losesIntegers('{"shape":[1,2],"data":[-1,999999999999999]}')).toBe(false);
  });
});

describe('jsonText', () => {
  it('reads UTF-8 at any offset', () => {
    const bytes = Buffer.from('xx"héllo"');
    expect(jsonText(bytes.subarray(2))).toBe('"héllo"');
    expect(jsonText(Buffer.from('[1]'))).toBe('[1]');
  });

  it('refuses other bytes', () => {
    expect(faultOf(() => jsonText(Buffer.from([0x22, 0xff, 0x22]))).code).toBe('malformed_body');
  });
});
