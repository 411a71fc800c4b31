import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { ShoalError } from '../../core/errors';
import { temporaryDirectory, writeIn } from '../../tests/support/small-models';
import { readModelFacts } from './read-model';
import { refuseUnservable } from './refuse-unservable';

const directory = temporaryDirectory();
const examples = path.resolve(process.cwd(), 'examples/models');
const models = readdirSync(examples).map((name) =>
  readFileSync(path.join(examples, name, '1/model.onnx')),
);

/** A piece of the file at a relative place is replaced by other bytes, of another length perhaps. */
const edit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  removed: fc.nat({ max: 8 }),
  inserted: fc.oneof(
    fc.uint8Array({ maxLength: 8 }),
    fc.constantFrom(
      Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f),
      Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01),
      Uint8Array.of(0x3a, 0x00),
      Uint8Array.of(0x0b),
    ),
  ),
});

function mutated(
  model: Buffer,
  edits: readonly { at: number; removed: number; inserted: Uint8Array }[],
  keep: number,
): Buffer {
  let bytes = model;
  for (const { at, removed, inserted } of edits) {
    const start = Math.floor(at * bytes.length);
    bytes = Buffer.concat([bytes.subarray(0, start), inserted, bytes.subarray(start + removed)]);
  }
  return bytes.subarray(0, Math.ceil(keep * bytes.length));
}

/** `served` or the code of the error; anything that is no ShoalError goes through. */
async function outcome(bytes: Uint8Array): Promise<string> {
  const file = writeIn(directory, 'model.onnx', bytes);
  try {
    await refuseUnservable(await readModelFacts(file), directory);
    return 'served';
  } catch (error) {
    if (error instanceof ShoalError) return error.code;
    throw error;
  }
}

describe('a damaged model is read or refused, never anything else', () => {
  it('with edits anywhere', async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...models),
        fc.array(edit, { minLength: 1, maxLength: 4 }),
        fc.oneof(fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true })),
        async (model, edits, keep) => {
          seen.add(await outcome(mutated(model, edits, keep)));
        },
      ),
      { numRuns: 2000 },
    );
    expect([...seen].sort()).toEqual(['model_rejected', 'served']);
  });

  it('cut off at every byte', async () => {
    const [model] = models;
    for (let length = 0; length < model!.length; length++) {
      expect(['served', 'model_rejected']).toContain(await outcome(model!.subarray(0, length)));
    }
  });

  it('of random bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        expect(await outcome(bytes)).toBe('model_rejected');
      }),
      { numRuns: 500 },
    );
  });

  it('of millions of fields, in linear time and while other work goes on', async () => {
    const nodes = Buffer.alloc(2_000_000, Uint8Array.of(0x0a, 0x00));
    const graph = Buffer.concat([Uint8Array.of(0x3a, 0x80, 0x89, 0x7a), nodes]);
    expect(graph.length - 4).toBe(0x00 + (0x09 << 7) + (0x7a << 14));
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const found = await outcome(graph);
    clearInterval(timer);
    expect(found).toBe('model_rejected');
    expect(turns).toBeGreaterThan(3);
  });
});
