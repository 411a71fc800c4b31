import fc from 'fast-check';
import { parseTextProto } from './text-proto';
import { TextProtoError } from './text-proto-tokens';

function fieldsOf(text: string): Record<string, unknown> {
  return plain(parseTextProto(text)) as Record<string, unknown>;
}

function plain(value: unknown): unknown {
  if (value instanceof Map) {
    return Object.fromEntries([...value].map(([name, list]) => [name, plain(list)]));
  }
  return Array.isArray(value) ? value.map(plain) : value;
}

const alphabet = Array.from('ab:{}[]<>,;"\'\\01.-#\n ');

describe('the text format of protobuf', () => {
  test.each<[string, Record<string, unknown>]>([
    ['', {}],
    ['# only a comment', {}],
    ['a: 1', { a: [1] }],
    ['a: 1 a: 2', { a: [1, 2] }],
    ['a: 1, b: 2; c: 3', { a: [1], b: [2], c: [3] }],
    [
      'a: -7 b: 0x1F c: 010 d: 1.5f e: .5 f: 1e3',
      { a: [-7], b: [31], c: [8], d: [1.5], e: [0.5], f: [1000] },
    ],
    ['a: inf b: -inf', { a: [Infinity], b: [-Infinity] }],
    ['a: 9223372036854775807', { a: [9223372036854775807n] }],
    ['a: true b: false c: TYPE_FP32', { a: [true], b: [false], c: ['TYPE_FP32'] }],
    ['a: "x" \'y\'\n"z"', { a: ['xyz'] }],
    ['a: "\\n\\t\\"\\\\\\101\\x41"', { a: ['\n\t"\\AA'] }],
    ['a { b: 1 }', { a: [{ b: [1] }] }],
    ['a: < b: 1 >', { a: [{ b: [1] }] }],
    ['a: [1, 2, -1]', { a: [1, 2, -1] }],
    ['a []', { a: [] }],
    ['a [ { b: 1 }, { b: 2 } ]', { a: [{ b: [1] }, { b: [2] }] }],
    ['[foo.bar/x.Y]: 1', { 'foo.bar/x.Y': [1] }],
  ])('%s', (text, fields) => {
    expect(fieldsOf(text)).toEqual(fields);
  });

  test.each([
    ['a', 1],
    ['a:', 1],
    ['\na { b: 1', 2],
    ['\n\na: "open', 3],
    ['a: }', 1],
    ['a: [1', 1],
    ['a: 1 }', 1],
    ['a: 09', 1],
    ['a: %', 1],
    ['a {'.repeat(100), 1],
  ])('%j is refused with its line', (text, line) => {
    let thrown: unknown;
    try {
      parseTextProto(text);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(TextProtoError);
    expect((thrown as TextProtoError).line).toBe(line);
  });

  test('any text is read or refused, nothing else', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...alphabet) }), (text) => {
        try {
          parseTextProto(text);
        } catch (error) {
          expect(error).toBeInstanceOf(TextProtoError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
