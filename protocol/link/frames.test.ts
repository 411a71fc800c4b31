import fc from 'fast-check';
import { ShoalError } from '../../core/errors';
import { batch } from '../../tests/support/batches';
import { datatypes } from '../datatype';
import { encodeFrame, frameKinds, protocolVersion } from './frame';
import { createFrameReader, FrameFault, type IncomingFrame } from './frame-reader';
import {
  decodeFailed,
  decodeHello,
  decodeInfer,
  decodeRefused,
  decodeReply,
  encodeFailed,
  encodeHello,
  encodeInfer,
  encodeRefused,
  encodeReply,
} from './frames';

const limit = 1024 * 1024;

/** Reads the bytes in pieces of the given sizes, again and again. */
function readInPieces(
  bytes: Uint8Array,
  sizes: readonly number[],
  maxBytes = limit,
): IncomingFrame[] {
  const frames: IncomingFrame[] = [];
  const reader = createFrameReader(maxBytes, (frame) => frames.push(frame));
  for (let at = 0, i = 0; at < bytes.byteLength; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    reader.read(Uint8Array.from(bytes.subarray(at, at + size)));
    at += size;
  }
  expect(reader.pendingBytes).toBe(0);
  return frames;
}

function only(buffers: Uint8Array[], sizes: readonly number[] = [limit]): IncomingFrame {
  const [frame, ...more] = readInPieces(Buffer.concat(buffers), sizes);
  expect(more).toEqual([]);
  return frame!;
}

const tensors = fc.array(
  fc.record({
    name: fc.string(),
    datatype: fc.constantFrom(...datatypes),
    shape: fc.array(fc.nat(5), { maxLength: 4 }),
    chunks: fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 40 }),
        fc.integer({ min: 16_000, max: 17_000 }).map((size) => new Uint8Array(size).fill(size)),
      ),
      { maxLength: 4 },
    ),
  }),
  { maxLength: 4 },
);
const pieces = fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 5 });

test('a batch arrives as it left, each input in one aligned piece, however it is cut on the way', () => {
  fc.assert(
    fc.property(tensors, pieces, fc.integer({ min: 0, max: 2 ** 32 - 1 }), (inputs, sizes, id) => {
      const sent = batch({ model: 'mü', version: 7, generation: 9, inputs, outputs: ['a', 'b'] });
      const frame = only(encodeInfer(id, sent), sizes);
      const received = decodeInfer(frame);
      expect(frame).toMatchObject({ kind: frameKinds.infer, id, version: protocolVersion });
      expect(received).toMatchObject({ model: 'mü', version: 7, generation: 9, rows: 1 });
      expect(received.segments).toEqual(sent.segments);
      expect(received.outputs).toEqual(['a', 'b']);
      expect(received.inputs).toHaveLength(inputs.length);
      received.inputs.forEach((input, index) => {
        const { name, datatype, shape, chunks } = inputs[index]!;
        expect(input).toMatchObject({ name, datatype, shape });
        expect(Buffer.from(input.data).equals(Buffer.concat(chunks))).toBe(true);
        expect(input.data.byteOffset % 8).toBe(0);
      });
    }),
    { numRuns: 100 },
  );
});

test('several frames in one stream come out in order', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { maxLength: 20 }), pieces, (names, sizes) => {
      const stream = names.flatMap((name) =>
        encodeHello({ host: name, runner: 'r', secret: '', shared: '' }),
      );
      const frames = readInPieces(Buffer.concat(stream), sizes);
      expect(frames.map((frame) => decodeHello(frame).host)).toEqual(names);
    }),
    { numRuns: 100 },
  );
});

test('replies, failures and refusals arrive as they left', () => {
  const outputs = [
    { name: 'y', datatype: 'FP32' as const, shape: [1, 2], data: Buffer.alloc(8, 3) },
  ];
  const reply = decodeReply(only(encodeReply(3, { queueUs: 1.2, runUs: 20, outputs })));
  expect(reply).toMatchObject({ queueUs: 1, runUs: 20, outputs: [{ name: 'y', shape: [1, 2] }] });
  const failed = decodeFailed(only(encodeFailed(3, new ShoalError('run_failed', 'no'))));
  expect([failed.code, failed.message]).toEqual(['run_failed', 'no']);
  expect(decodeRefused(only(encodeRefused(3, 'stale_generation')))).toBe('stale_generation');
});

test('a later version may add header fields, reasons and codes', () => {
  const frame = (kind: number, header: object): IncomingFrame =>
    only(encodeFrame({ kind, id: 1, header: JSON.stringify(header), parts: [] }));
  const infer = { m: 'm', v: 1, g: 1, r: 1, s: [['r', 1, 5, 0, '', 'new']], o: [], i: [], z: 1 };
  expect(decodeInfer(frame(frameKinds.infer, infer)).model).toBe('m');
  expect(decodeRefused(frame(frameKinds.refused, { reason: 'moon' }))).toBe('overloaded');
  const failed = frame(frameKinds.failed, { code: 'moon', message: 'x' });
  expect(decodeFailed(failed).code).toBe('internal');
  expect(decodeHello(frame(frameKinds.hello, { moon: 1 }))).toEqual({
    host: '',
    runner: '',
    secret: '',
    shared: '',
  });
});

test('garbage is a FrameFault or waits for more, and never costs more than what has arrived', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const reader = createFrameReader(limit, (frame) => {
        decodeInfer(frame);
      });
      try {
        reader.read(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(FrameFault);
      }
      expect(reader.pendingBytes).toBeLessThanOrEqual(bytes.byteLength);
    }),
    { numRuns: 500 },
  );
});

test.each([
  ['shorter than its prefix', 8],
  ['no multiple of 8', 17],
  ['over the limit', limit + 8],
  ['as large as can be said', 0xfffffff8],
])('a frame that says it is %s is refused', (_what, length) => {
  const prefix = Buffer.alloc(16);
  prefix.writeUInt32LE(length);
  const reader = createFrameReader(limit, () => undefined);
  expect(() => {
    reader.read(prefix);
  }).toThrow(FrameFault);
});

test('a header that does not fit its frame, or tensors that do not, are refused', () => {
  const hello = Buffer.concat(encodeHello({ host: 'h', runner: 'r', secret: '', shared: '' }));
  hello.writeUInt32LE(0xffffffff, 12);
  expect(() => only([hello])).toThrow(FrameFault);
  const infer = encodeInfer(
    1,
    batch({ inputs: [{ name: 'x', datatype: 'INT8', shape: [8], data: Buffer.alloc(8) }] }),
  );
  const lying = Buffer.concat(infer);
  const at = lying.indexOf('[8],8]');
  lying.write('[8],9]', at);
  expect(() => decodeInfer(only([lying]))).toThrow(FrameFault);
});

test('large chunks are passed on uncopied', () => {
  const data = new Uint8Array(100_000);
  const parts = encodeInfer(
    1,
    batch({ inputs: [{ name: 'x', datatype: 'INT8', shape: [1], data }] }),
  );
  expect(parts).toContain(data);
});
