import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { ShoalError } from '../../core/errors';
import { writeFlatbuffer, type Field, type Fields } from '../../tests/support/flatbuffer-writer';
import { temporaryDirectory, writeIn } from '../../tests/support/small-models';
import type { ModelFacts } from './model-facts';
import { readModelFacts } from './read-model';
import { refuseUnservable } from './refuse-unservable';

const directory = temporaryDirectory();

/** Made by ONNX Runtime's converter from the examples. */
const made = (name: string): string => path.resolve(`tests/golden/ort/${name}.ort`);
const examples = ['iris', 'digits'];

async function factsOf(bytes: Uint8Array): Promise<ModelFacts> {
  return readModelFacts(writeIn(directory, 'model.ort', bytes));
}

describe('what the runtime has made of a model says the same as the model', () => {
  it.each(examples)('%s', async (name) => {
    const onnx = await readModelFacts(path.resolve(`examples/models/${name}/1/model.onnx`));
    const ort = await readModelFacts(made(name));
    expect({ ...ort, opsets: { 'ai.onnx': ort.opsets['ai.onnx'] }, operators: [] }).toEqual({
      ...onnx,
      format: 'ort',
      opsets: { ...onnx.opsets },
      metadata: { ...onnx.metadata },
      graphName: '',
      operators: [],
    });
    expect(ort.operators.length).toBeGreaterThan(2);
    await refuseUnservable(ort, directory);
  });
});

const number = (int64: bigint): Field => ({ int64 });
const tensorType = (element: number, dims?: readonly Fields[]): Fields => ({
  0: { int32: element },
  ...(dims === undefined ? {} : { 1: { 0: dims.map((value) => ({ 0: value })) } }),
});
const size = (value: bigint): Fields => ({ 0: { byte: 1 }, 1: number(value) });
const free = (name: string): Fields => ({ 0: { byte: 2 }, 2: name });
/** TypeInfo: of a tensor 1, of a sequence 2, of a map 3. */
const type = (kind: number, value: Fields): Fields => ({ 1: { byte: kind }, 2: value });
const float = type(1, tensorType(1, [size(2n)]));

/** Relu from x to y, with what is given in place of its own parts. */
function relu(graph: Fields = {}, value: Fields = float): Buffer {
  return writeFlatbuffer({
    0: '6',
    1: {
      0: number(8n),
      1: [
        { 0: '', 1: number(17n) },
        { 0: 'com.example', 1: number(1n) },
      ],
      7: {
        1: [
          { 0: 'x', 2: value },
          { 0: 'y', 2: float },
        ],
        2: [{ 5: 'Relu' }],
        5: ['x'],
        6: ['y'],
        ...graph,
      },
    },
  });
}

describe('types and parts', () => {
  it.each<[string, Fields, unknown]>([
    [
      'sizes and free ones',
      type(1, tensorType(7, [size(3n), free('n'), free(''), size(-1n)])),
      {
        valueType: 'tensor(int64)',
        datatype: 'INT64',
        shape: [3, 'n', null, null],
      },
    ],
    ['no shape', type(1, tensorType(8)), { valueType: 'tensor(string)', shape: null }],
    ['a scalar', type(1, tensorType(11, [])), { valueType: 'tensor(double)', shape: [] }],
    ['a sequence', type(2, { 0: float }), { valueType: 'seq(tensor(float))', datatype: null }],
    ['a map', type(3, { 0: { int32: 8 }, 1: float }), { valueType: 'map(string,float)' }],
    ['a kind that is none', type(9, {}), { valueType: 'undeclared', datatype: null }],
    ['an element that is none', type(1, tensorType(99)), { valueType: 'tensor(type 99)' }],
  ])('%s', async (_, value, expected) => {
    const { signature } = await factsOf(relu({}, value));
    expect(signature.inputs).toMatchObject([{ name: 'x', ...(expected as object) }]);
  });

  it('leaves out inputs that have a value, and domains that are not used', async () => {
    const { signature, opsets } = await factsOf(relu({ 0: [{ 0: 'w' }], 5: ['w', 'x'] }));
    expect(signature.inputs.map(({ name }) => name)).toEqual(['x']);
    expect({ ...opsets }).toEqual({ 'ai.onnx': 17 });
  });

  it('finds operators in graphs inside, and refuses those of unknown domains', async () => {
    const inner: Fields = { 2: [{ 2: 'com.example', 5: 'Own' }] };
    const facts = await factsOf(relu({ 2: [{ 5: 'If', 10: [{ 7: inner }] }] }));
    expect(facts.operators).toEqual([
      { domain: 'ai.onnx', name: 'If' },
      { domain: 'com.example', name: 'Own' },
    ]);
    await expect(refuseUnservable(facts, directory)).rejects.toThrow(
      /operator "Own" of the domain/,
    );
  });
});

describe('what is none is refused with the reason', () => {
  const nested = (depth: number): Fields => {
    let graph: Fields = {};
    for (let level = 0; level < depth; level++) graph = { 2: [{ 10: [{ 7: graph }] }] };
    return graph;
  };
  const pointed = (at: number, to: number): Buffer => {
    const bytes = relu();
    bytes.writeUInt32LE(to, at);
    return bytes;
  };

  it.each<[string, Uint8Array, RegExp]>([
    ['text', Buffer.from('hello, I am not a model'), /'model.ort' is no model in the ORT format/],
    ['nothing', Buffer.alloc(0), /empty/],
    ['the mark alone', Buffer.from('\x04\0\0\0ORTM'), /a table has no layout/],
    ['no graph', writeFlatbuffer({ 0: '6', 1: { 0: number(8n) } }), /has no graph/],
    ['a way back to itself', pointed(0, 0), /a position leads out of the file/],
    ['a way out', pointed(0, 0xffff_fff0), /a position leads out of the file/],
    ['a file cut off', relu().subarray(0, -6), /longer than the file|leads out of the file/],
    ['graphs without end', relu(nested(200)), /deeper than 400/],
    [
      'a rank too high',
      relu({}, type(1, tensorType(1, Array<Fields>(65).fill(size(1n))))),
      /more than 64/,
    ],
    [
      'weights elsewhere',
      relu({ 0: [{ 0: 'w', 6: number(0n) }] }),
      /tensor "w" lies outside the file/,
    ],
    [
      'weights elsewhere, deep',
      relu({ 2: [{ 10: [{ 6: { 0: 'v', 6: number(8n) } }] }] }),
      /"v" lies/,
    ],
  ])('%s', async (_, bytes, reason) => {
    await expect(factsOf(bytes)).rejects.toMatchObject({
      code: 'model_rejected',
      message: expect.stringMatching(reason) as string,
    });
  });
});

describe('a damaged one is read or refused, never anything else', () => {
  const models = examples.map((name) => readFileSync(made(name)));

  async function outcome(bytes: Uint8Array): Promise<string> {
    try {
      await refuseUnservable(await factsOf(bytes), directory);
      return 'served';
    } catch (error) {
      if (error instanceof ShoalError) return error.code;
      throw error;
    }
  }

  it('with other bytes anywhere', async () => {
    const seen = new Set<string>();
    const edit = fc.record({
      at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      to: fc.nat({ max: 255 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...models),
        fc.array(edit, { minLength: 1, maxLength: 6 }),
        async (model, edits) => {
          const bytes = Buffer.from(model);
          for (const { at, to } of edits) bytes[Math.floor(at * bytes.length)] = to;
          seen.add(await outcome(bytes));
        },
      ),
      { numRuns: 500 },
    );
    expect([...seen].sort()).toEqual(['model_rejected', 'served']);
  });

  it('cut off anywhere', async () => {
    const [model] = models;
    for (let length = 0; length < model!.length; length += 7) {
      expect(['served', 'model_rejected']).toContain(await outcome(model!.subarray(0, length)));
    }
  });
});
