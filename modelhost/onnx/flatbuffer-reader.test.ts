import { closeSync, openSync } from 'node:fs';
import { writeFlatbuffer, type Fields } from '../../tests/support/flatbuffer-writer';
import { temporaryDirectory, writeIn } from '../../tests/support/small-models';
import { FilePages } from './file-pages';
import { FlatbufferReader, type FlatbufferLimits, type Table } from './flatbuffer-reader';

const directory = temporaryDirectory();
const files: number[] = [];

afterAll(() => {
  for (const file of files) closeSync(file);
});

function readerOf(bytes: Buffer, limits: Partial<FlatbufferLimits> = {}): FlatbufferReader {
  const file = openSync(writeIn(directory, `${files.length}.ort`, bytes), 'r');
  files.push(file);
  return new FlatbufferReader(new FilePages(file, bytes.length), {
    steps: 1000,
    textBytes: 1000,
    ...limits,
  });
}

const some: Fields = {
  0: { byte: 7 },
  2: { int32: -5 },
  3: { int64: -(2n ** 40n) },
  4: 'text',
  5: ['a', 'b'],
  6: [{ 0: 'first' }, { 0: 'second' }],
};

test('fields of every kind, and those that are absent', async () => {
  const reader = readerOf(writeFlatbuffer(some));
  const root = reader.root();
  expect([reader.byte(root, 0), reader.int32(root, 2), reader.int64(root, 3)]).toEqual([
    7,
    -5,
    -(2n ** 40n),
  ]);
  expect([reader.text(root, 4), await reader.texts(root, 5, 2)]).toEqual(['text', ['a', 'b']]);
  const seen: string[] = [];
  await reader.each(root, 6, (element: Table) => {
    seen.push(reader.text(element, 0));
  });
  expect(seen).toEqual(['first', 'second']);
  expect([reader.byte(root, 1), reader.int32(root, 9), reader.int64(root, 9, -1n)]).toEqual([
    0,
    0,
    -1n,
  ]);
  expect([reader.text(root, 1), await reader.texts(root, 9, 0), reader.table(root, 1)]).toEqual([
    '',
    [],
    undefined,
  ]);
});

test('of a file of many pages, read to and fro', async () => {
  const names = Array.from({ length: 20_000 }, (_, index) => `name ${index}`);
  const reader = readerOf(writeFlatbuffer({ 0: names }), { steps: 1e6, textBytes: 1e6 });
  expect(await reader.texts(reader.root(), 0, 20_000)).toEqual(names);
});

test('a text longer than a page', () => {
  const text = 'long '.repeat(10_000);
  const reader = readerOf(writeFlatbuffer({ 0: text }), { textBytes: 50_000 });
  expect(reader.text(reader.root(), 0)).toBe(text);
});

test('how much one file can make us read is bounded', async () => {
  const few = readerOf(writeFlatbuffer(some), { steps: 12 });
  const visit = few.each(few.root(), 6, () => undefined);
  await expect(visit).rejects.toThrow(/more nodes, attributes and values/);
  const short = readerOf(writeFlatbuffer(some), { textBytes: 5 });
  expect(short.text(short.root(), 4)).toBe('text');
  expect(() => short.text(short.root(), 4)).toThrow(/too long: at most .* 5 for all/);
  await expect(short.texts(short.root(), 5, 1)).rejects.toThrow(/a list of 2 names; at most 1/);
});

test.each(['tables', 'texts'])(
  'other work goes on while a long list of %s is read',
  async (kind) => {
    const list = Array<Fields | string>(20_000).fill(kind === 'tables' ? {} : 'a');
    const reader = readerOf(writeFlatbuffer({ 0: list }), { steps: 1e6, textBytes: 1e6 });
    let turns = 0;
    const count = (): void => {
      turns += 1;
      timer = setImmediate(count);
    };
    let timer = setImmediate(count);
    try {
      if (kind === 'texts') await reader.texts(reader.root(), 0, 20_000);
      else await reader.each(reader.root(), 0, () => undefined);
    } finally {
      clearImmediate(timer);
    }
    expect(turns).toBeGreaterThan(2);
  },
);
