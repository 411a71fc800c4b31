import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { floats, tensor } from '../../examples/constants';
import type { Constant, Node, ValueType } from '../../examples/onnx-writer';
import {
  bytesField,
  intField,
  messageField,
  textField,
  varint,
} from '../../examples/protobuf-writer';
import { reluModel, temporaryDirectory, writeIn } from '../../tests/support/small-models';
import type { ModelFacts } from './model-facts';
import { readModelFacts } from './read-model';

const directory = temporaryDirectory();

function factsOf(bytes: Uint8Array): Promise<ModelFacts> {
  return readModelFacts(writeIn(directory, 'model.onnx', bytes));
}

const float = (shape: readonly (number | string | null)[] | null): ValueType => ({
  elem: 'float',
  shape,
});

describe('the signature', () => {
  async function inputOf(type: ValueType): Promise<unknown> {
    const facts = await factsOf(reluModel({ inputs: [{ name: 'x', type }] }));
    return facts.signature.inputs[0];
  }

  it.each<[string, ValueType, object]>([
    ['sizes, names and neither', float([1, 'n', null]), { shape: [1, 'n', null] }],
    ['a scalar', float([]), { shape: [] }],
    ['an open rank', float(null), { shape: null }],
    ['negative sizes and empty names as free', float([-1, -7, '']), { shape: [null, null, null] }],
    ['size 0 as itself', float([0, 2]), { shape: [0, 2] }],
    ['optional tensors as tensors', { optional: float([3]) }, { datatype: 'FP32', shape: [3] }],
    ['strings', { elem: 'string', shape: [1] }, { datatype: 'BYTES', valueType: 'tensor(string)' }],
    [
      'bfloat16',
      { elem: 'bfloat16', shape: [1] },
      { datatype: null, valueType: 'tensor(bfloat16)' },
    ],
    ['4-bit integers', { elem: 'int4', shape: [1] }, { datatype: null, valueType: 'tensor(int4)' }],
    [
      'sequences of maps',
      { sequence: { map: { key: 'int64', value: float([]) } } },
      { datatype: null, valueType: 'seq(map(int64,float))', shape: null },
    ],
    [
      'optional sequences',
      { optional: { sequence: float([5]) } },
      { datatype: null, valueType: 'optional(seq(tensor(float)))' },
    ],
  ])('has %s', async (_, type, wanted) => {
    expect(await inputOf(type)).toMatchObject(wanted);
  });

  it('leaves out inputs that have a value in the model', async () => {
    const inputs = [tensor('w', 'float', [2]), tensor('x', 'float', [2])];
    const facts = await factsOf(reluModel({ inputs, constants: [floats('w', [2], [1, 2])] }));
    expect(facts.signature.inputs.map(({ name }) => name)).toEqual(['x']);
  });

  it('lists an output without a type as undeclared', async () => {
    const facts = await factsOf(reluModel({ outputs: [{ name: 'y' }] }));
    expect(facts.signature.outputs[0]).toMatchObject({ datatype: null, valueType: 'undeclared' });
  });
});

describe('the facts', () => {
  it('are plain data, whatever the keys', async () => {
    const metadata = [
      ['__proto__', 'polluted'],
      ['', 'empty'],
      ['constructor', 'x'],
    ] as const;
    const facts = await factsOf(reluModel({}, { metadata, version: 2n ** 63n - 1n }));
    expect(Object.keys(facts.metadata)).toEqual(['__proto__', '', 'constructor']);
    expect(facts.metadata['__proto__']).toBe('polluted');
    expect('toString' in facts.metadata).toBe(false);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(facts.modelVersion).toBe('9223372036854775807');
    const copy = JSON.parse(JSON.stringify(facts)) as ModelFacts;
    expect(Object.entries(copy.metadata)).toEqual(Object.entries(facts.metadata));
  });

  it('has the version -1 as such', async () => {
    expect((await factsOf(reluModel({}, { version: -1n }))).modelVersion).toBe('-1');
  });

  it('finds external tensors wherever they are', async () => {
    const outside = (name: string, entries: Record<string, string> = {}): Constant => ({
      name,
      elem: 'float',
      dims: [1],
      external: { location: `${name}.bin`, ...entries },
    });
    const hiding = (name: string): Node => ({
      op: 'Constant',
      inputs: [],
      outputs: [name],
      attributes: { value: { tensor: outside(name) } },
    });
    const branch = { name: 'branch', nodes: [hiding('inner')], inputs: [], outputs: [] };
    const facts = await factsOf(
      reluModel(
        {
          nodes: [
            hiding('attribute'),
            {
              op: 'If',
              inputs: [],
              outputs: [],
              attributes: {
                then_branch: { graph: { ...branch, constants: [outside('subgraph')] } },
              },
            },
          ],
          constants: [outside('initializer', { offset: '4096', length: '4' })],
        },
        {
          functions: [
            {
              domain: 'f',
              name: 'F',
              inputs: [],
              outputs: [],
              opsets: {},
              nodes: [hiding('body')],
            },
          ],
        },
      ),
    );
    expect(facts.externalData.map(({ location }) => location).sort()).toEqual(
      ['attribute', 'body', 'initializer', 'inner', 'subgraph'].map((name) => `${name}.bin`),
    );
    expect(facts.externalData).toContainEqual({
      tensor: 'initializer',
      location: 'initializer.bin',
      offset: 4096,
      length: 4,
    });
    expect(facts.operators).toContainEqual({ domain: 'ai.onnx', name: 'If' });
    expect(facts.functions).toEqual([{ domain: 'f', name: 'F' }]);
  });

  it('finds external tensors of training graphs and sparse tensors', async () => {
    const outside = (location: string): Buffer[] => [
      messageField(13, [textField(1, 'location'), textField(2, location)]),
      intField(14, 1),
    ];
    const sparse = [messageField(1, outside('values')), messageField(2, outside('indices'))];
    const training = messageField(20, [
      messageField(1, [messageField(5, outside('first'))]),
      messageField(2, [messageField(15, sparse)]),
    ]);
    const facts = await factsOf(Buffer.concat([reluModel(), training]));
    expect(facts.externalData.map(({ location }) => location)).toEqual([
      'first',
      'values',
      'indices',
    ]);
  });

  it('come quickly and without memory from a file of a gigabyte', async () => {
    const before = [textField(8, 'w')];
    const weights = 2 ** 30;
    const payload = Buffer.concat([varint(9 * 8 + 2), varint(weights)]);
    const head = Buffer.concat([...before, payload]);
    const initializer = Buffer.concat([varint(5 * 8 + 2), varint(head.length + weights)]);
    const rest = messageField(11, [textField(1, 'x')]);
    const length = initializer.length + head.length + weights + rest.length;
    const start = Buffer.concat([varint(7 * 8 + 2), varint(length), initializer, head]);
    const file = path.join(directory, 'large.onnx');
    const handle = openSync(file, 'w');
    writeSync(handle, start);
    ftruncateSync(handle, start.length + weights);
    writeSync(handle, Buffer.concat([rest, intField(1, 9)]), 0, null, start.length + weights);
    closeSync(handle);
    const memory = process.memoryUsage().rss;
    const facts = await readModelFacts(file);
    expect(facts.irVersion).toBe(9);
    expect(facts.signature.inputs.map(({ name }) => name)).toEqual(['x']);
    expect(process.memoryUsage().rss - memory).toBeLessThan(64 * 2 ** 20);
  });
});

describe('what is no ONNX model is refused with the reason', () => {
  const model = reluModel();
  const nested = (depth: number): Buffer => {
    let graph: Buffer[] = [];
    for (let level = 0; level < depth; level++) {
      graph = [messageField(1, [messageField(5, [messageField(6, graph)])])];
    }
    return messageField(7, graph);
  };

  it.each<[string, Uint8Array, RegExp]>([
    ['nothing', Buffer.alloc(0), /empty/],
    ['text', Buffer.from('hello, I am not a model'), /not an ONNX model/],
    ['a pointer', Buffer.from('version https://git-lfs.github.com/spec/v1\n'), /Git LFS pointer/],
    ['a program', Buffer.from('MZ\x90\0\x03'), /Windows program/],
    ['a zip', Buffer.from('PK\x03\x04abc'), /zip archive/],
    ['zeros', Buffer.alloc(1000), /no valid number/],
    ['a cut-off file', model.subarray(0, model.length - 1), /longer than what holds it/],
    ['no graph', intField(1, 8), /no graph/],
    ['two graphs', Buffer.concat([model, messageField(7, [])]), /occurs twice/],
    ['a graph that is a number', intField(7, 1), /another type/],
    ['an endless number', Buffer.alloc(20, 0xff), /does not end/],
    ['a huge length', Buffer.concat([varint(58), varint(2n ** 63n)]), /longer than what holds it/],
    ['a number cut off', Buffer.from([0x08, 0x80]), /cut off/],
    ['a group', Buffer.from([0x0b, 0x0c]), /no valid type/],
    ['nesting without end', nested(1000), /deeper than 100/],
    ['a text too long', messageField(7, [bytesField(2, Buffer.alloc(5e6, 97))]), /too long/],
    [
      'a rank too high',
      reluModel({ inputs: [tensor('x', 'float', Array<number>(65).fill(1))] }),
      /more than 64 dimensions/,
    ],
    [
      'an offset that is no number',
      reluModel({
        constants: [{ name: 'w', elem: 'float', dims: [1], external: { offset: '-4' } }],
      }),
      /the offset "-4"/,
    ],
  ])('%s', async (_, bytes, reason) => {
    await expect(factsOf(bytes)).rejects.toMatchObject({
      code: 'model_rejected',
      message: expect.stringMatching(reason) as string,
    });
  });

  it('reads 30 graphs inside one another', async () => {
    expect((await factsOf(nested(30))).signature).toEqual({ inputs: [], outputs: [] });
  });
});
