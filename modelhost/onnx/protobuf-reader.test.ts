import { closeSync, openSync } from 'node:fs';
import { floatField, intField, messageField, textField } from '../../examples/protobuf-writer';
import { temporaryDirectory, writeIn } from '../../tests/support/small-models';
import { FileWindow } from './file-window';
import { each, int, ProtobufReader, type ReaderLimits } from './protobuf-reader';

const directory = temporaryDirectory();

async function reading(
  bytes: Buffer,
  read: (reader: ProtobufReader) => Promise<void>,
  limits?: ReaderLimits,
): Promise<void> {
  const file = openSync(writeIn(directory, 'message', bytes), 'r');
  try {
    await read(new ProtobufReader(new FileWindow(file, bytes.length), limits));
  } finally {
    closeSync(file);
  }
}

describe('walking a message', () => {
  it('hands out fields in order, across reads, and skips the rest', async () => {
    const texts = Array.from({ length: 3000 }, (_, k) => `text ${k} ${'x'.repeat(k % 100)}`);
    const skipped = [floatField(3, 1.5), intField(4, -1), messageField(5, [textField(1, 'no')])];
    const bytes = Buffer.concat(texts.flatMap((text) => [...skipped, textField(2, text)]));
    const found: string[] = [];
    await reading(bytes, (reader) =>
      reader.walk(reader.root, {
        2: each((span) => {
          found.push(reader.text(span));
        }),
      }),
    );
    expect(found).toEqual(texts);
  });

  it.each([0n, 1n, 127n, 128n, 2n ** 32n, 2n ** 53n + 1n, 2n ** 63n - 1n, -1n, -(2n ** 63n)])(
    'reads the integer %s exactly',
    async (value) => {
      const found: bigint[] = [];
      await reading(intField(1, value), (reader) =>
        reader.walk(reader.root, { 1: int((got) => found.push(got)) }),
      );
      expect(found).toEqual([value]);
    },
  );

  it.each([
    ['messages', { messages: 100, fields: 1e9 }, 101, /more nodes/],
    ['fields', { messages: 1e9, fields: 10_000 }, 20_001, /more nodes/],
  ])('ends at its limit of %s', async (_, limits, count, reason) => {
    const bytes = Buffer.concat(Array.from({ length: count }, () => messageField(1, [])));
    const walk = (reader: ProtobufReader): Promise<void> =>
      reader.walk(reader.root, { 1: each((span) => reader.walk(span, {})) });
    await expect(reading(bytes, walk, limits)).rejects.toThrow(reason);
    await reading(bytes.subarray(0, 2 * 99), walk, limits);
  });
});
