import fc from 'fast-check';
import { bytesOf, comparable, tensorOf } from '../../tests/support/content';
import { servable, spec } from '../../tests/support/servables';
import type { Servable } from '../catalog';
import type { Datatype } from '../datatype';
import type { JsonValue } from '../exact-json/json-value';
import type { Tensor } from '../tensor';
import { contentAnswer, contentTypes } from './codecs';
import { readContent } from './read-content';

const noPicture = () => Promise.reject(new Error('no picture'));

async function read(type: string, body: string | Buffer, of: Servable): Promise<readonly Tensor[]> {
  return readContent(type, Buffer.from(body), of, noPicture);
}

function echo(datatype: Datatype, columns: number): Servable {
  const shape = [null, columns];
  return servable([spec('x', shape, datatype)], [spec('x', shape, datatype)]);
}

/** Types that hold any number of rows. */
const rowTypes = ['text/csv', 'application/jsonlines', 'application/x-npy', 'application/x-npz'];

const samples: readonly [Datatype, readonly JsonValue[]][] = [
  ['FP32', [1.5, -2, 0.1, 3.4028234663852886e38, 1e-45, 0]],
  ['FP64', [Math.PI, -1e300, 5e-324, 1, 2, 3]],
  ['FP16', [1, -2, 0.0999755859375, 65504, 0, 0.5]],
  ['INT64', [9007199254740993n, -(2n ** 63n), 2n ** 63n - 1n, 0, -1, 7]],
  ['UINT64', [2n ** 64n - 1n, 0, 1, 2, 3, 4]],
  ['INT32', [-2147483648, 2147483647, 0, 1, 2, 3]],
  ['UINT8', [0, 255, 1, 2, 3, 4]],
  ['BOOL', [true, false, true, true, false, false]],
];
const texts = ['plain', 'with, comma', 'a "quote"', 'two\nlines', ' spaces ', 'héllo'];

describe('what is written by a type is read by it as it was', () => {
  it.each(
    rowTypes
      .concat('application/octet-stream')
      .flatMap((type) => samples.map(([datatype, values]) => [type, datatype, values] as const)),
  )('%s: %s', async (type, datatype, values) => {
    const tensor = tensorOf('x', datatype, [2, 3], values);
    const { body } = contentAnswer(type, [tensor]);
    const [again, ...more] = await read(type, bytesOf(body), echo(datatype, 3));
    expect(more).toEqual([]);
    expect(comparable(again!)).toEqual(comparable(tensor));
  });

  it.each(['text/csv', 'application/jsonlines'])('%s: BYTES', async (type) => {
    const tensor = tensorOf('x', 'BYTES', [3, 2], texts);
    const { body } = contentAnswer(type, [tensor]);
    expect((await read(type, bytesOf(body), echo('BYTES', 2))).map(comparable)).toEqual([
      comparable(tensor),
    ]);
  });

  it('application/octet-stream: one text', async () => {
    const one = servable([spec('x', [1], 'BYTES')], []);
    const tensor = tensorOf('x', 'BYTES', [1], ['any, "text"\n']);
    const { body } = contentAnswer('application/octet-stream', [tensor]);
    expect(bytesOf(body).toString()).toBe('any, "text"\n');
    expect((await read('application/octet-stream', bytesOf(body), one)).map(comparable)).toEqual([
      comparable(tensor),
    ]);
  });

  it('any texts in text/csv', async () => {
    const text = fc.string({ unit: 'grapheme' }).filter((each) => !each.includes('\0'));
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 6 }), async (values) => {
        const tensor = tensorOf('x', 'BYTES', [values.length, 1], values);
        const { body } = contentAnswer('text/csv', [tensor]);
        const again = await read('text/csv', bytesOf(body), echo('BYTES', 1));
        expect(again.map(comparable)).toEqual([comparable(tensor)]);
      }),
    );
  });

  it.each(['text/csv', 'application/x-npz', 'application/jsonlines'])(
    'several tensors by name or column: %s',
    async (type) => {
      const shape = [null, 2];
      const two = servable([spec('A', shape, 'INT32'), spec('B', shape, 'FP32')], []);
      const tensors = [
        tensorOf('A', 'INT32', [2, 2], [1, 2, 3, 4]),
        tensorOf('B', 'FP32', [2, 2], [0.5, 1.5, 2.5, 3.5]),
      ];
      const { body } = contentAnswer(type, tensors);
      expect((await read(type, bytesOf(body), two)).map(comparable)).toEqual(
        tensors.map(comparable),
      );
    },
  );
});

describe('numbers that are not finite', () => {
  const tensor = tensorOf('x', 'FP32', [1, 3], [NaN, Infinity, -Infinity]);

  it.each(['text/csv', 'application/x-npy', 'application/x-npz', 'application/octet-stream'])(
    'are carried by %s',
    async (type) => {
      const { body } = contentAnswer(type, [tensor]);
      const again = await read(type, bytesOf(body), echo('FP32', 3));
      expect(again.map(comparable)).toEqual([comparable(tensor)]);
    },
  );

  it('are refused by JSON lines, naming the output', () => {
    expect(() => contentAnswer('application/jsonlines', [tensor])).toThrow(/'x'.*NaN or infinite/);
  });
});

describe('what a type cannot hold', () => {
  const two = [tensorOf('a', 'FP32', [1, 1], [1]), tensorOf('b', 'FP32', [2, 1], [1, 2])];

  it.each(['application/x-npy', 'application/octet-stream'])('two outputs: %s', (type) => {
    expect(() => contentAnswer(type, two)).toThrow(/holds one tensor, and the answer has 2/);
  });

  it.each(['text/csv', 'application/jsonlines'])('rows of different number: %s', (type) => {
    expect(() => contentAnswer(type, two)).toThrow(/'b'/);
  });

  it.each(['application/x-npy', 'application/x-npz'])('strings: %s', (type) => {
    expect(() => contentAnswer(type, [tensorOf('t', 'BYTES', [1], ['x'])])).toThrow(/strings/);
  });

  it('strings that are not UTF-8: text/csv', () => {
    const broken = { ...tensorOf('t', 'BYTES', [1], ['x']), data: Uint8Array.of(1, 0, 0, 0, 255) };
    expect(() => contentAnswer('text/csv', [broken])).toThrow(/not UTF-8/);
  });
});

describe('bodies that are refused', () => {
  it.each([
    ['text/csv', '', /at least one line/],
    ['text/csv', '1,2,3\n4,5', /line 2 has 2/],
    ['text/csv', '1,2\n', /wants FP32\[\?, 3\]; got 1 lines of 2 values/],
    ['text/csv', '1,2,3\n4,five,6', /line 2, column 2: wanted FP32 for input 'x', got "five"/],
    ['text/csv', '1,2,0x10', /column 3/],
    ['text/csv', '1,,3', /column 2.*got ""/],
    ['text/csv', '1,"2,3', /line 1 cannot be read/],
    ['text/csv', '1,2,3\n\n4,5,6', /line 2 has 1/],
    ['application/jsonlines', '[1,2,3]\n[4,5', /Line 2: /],
    ['application/jsonlines', '[1,2]', /wants FP32\[\?, 3\]; got 1 instances of shape \[2\]/],
    ['application/jsonlines', '{"y":[1,2,3]}', /wanted 'x', got 'y'/],
    ['application/octet-stream', Buffer.alloc(13), /that is 12 bytes; got 13/],
    ['application/x-npy', 'no array', /does not begin like a \.npy file/],
    ['application/x-npz', 'no archive', /its directory is not there/],
  ])('%s: %j', async (type, body, reason) => {
    await expect(read(type, body, echo('FP32', 3))).rejects.toThrow(reason);
  });

  it('integers are exact: a fraction and what does not fit are refused', async () => {
    for (const text of ['1.0', '1e3', '2147483648']) {
      await expect(read('text/csv', `${text},2\n`, echo('INT32', 2))).rejects.toThrow(/INT32/);
    }
  });

  it.each([
    ['text/csv', '\n'],
    ['text/csv', '""\n'],
    ['application/jsonlines', '\n'],
  ])('%s: more than a million lines of %j', async (type, line) => {
    const body = line.repeat(1_000_001);
    await expect(read(type, body, echo('FP32', 3))).rejects.toMatchObject({
      code: 'too_large',
      message: expect.stringContaining(`${type}: a body may have 1000000 lines`) as string,
    });
  });

  it('other types, naming all that are read', async () => {
    await expect(read('text/html', 'x', echo('FP32', 3))).rejects.toMatchObject({
      code: 'unsupported_media_type',
      message: expect.stringContaining(contentTypes.join(', ')) as string,
    });
  });
});

test('text/csv: a line of names where the type says so, CRLF, a byte order mark, spaces', async () => {
  const body = '\ufeffa,b,c\r\n 1, 2 ,3\r\n4,5,6';
  const [tensor] = await read('text/csv; charset=utf-8; header=present', body, echo('FP32', 3));
  expect(comparable(tensor!)).toEqual(
    comparable(tensorOf('x', 'FP32', [2, 3], [1, 2, 3, 4, 5, 6])),
  );
});

test('text/csv: one line is all of an input without rows', async () => {
  const fixed = servable([spec('x', [2, 2])], []);
  const [tensor] = await read('text/csv', '1,2,3,4', fixed);
  expect(tensor?.shape).toEqual([2, 2]);
});

test('text/csv: a very long field in quotes is read', async () => {
  const long = 'x'.repeat(16_000_000);
  const [tensor] = await read('text/csv', `"${long}",b`, echo('BYTES', 2));
  expect(tensor?.data.length).toBe(long.length + 9);
});
