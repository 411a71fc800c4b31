import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildSlow } from '../../examples/build/slow';
import { floats, tensor } from '../../examples/constants';
import { writeModel, type ElementType, type Graph } from '../../examples/onnx-writer';

/** Element types that models can take and give, by the protocol's names for them. */
const datatypes: Readonly<Record<string, ElementType>> = {
  bool: 'bool',
  uint8: 'uint8',
  uint16: 'uint16',
  uint32: 'uint32',
  uint64: 'uint64',
  int8: 'int8',
  int16: 'int16',
  int32: 'int32',
  int64: 'int64',
  fp16: 'float16',
  fp32: 'float',
  fp64: 'double',
  bytes: 'string',
};

/**
 * Writes what the clients ask for into the folder: the examples, `identity_<datatype>` for all
 * datatypes with two free dimensions, and the models that Triton's own examples use, by their names.
 */
export function writeClientModels(folder: string): void {
  cpSync('examples/models', folder, { recursive: true });
  for (const [name, elem] of Object.entries(datatypes)) {
    write(folder, `identity_${name}`, {
      inputs: [tensor('INPUT0', elem, ['rows', 'columns'])],
      outputs: [tensor('OUTPUT0', elem, ['rows', 'columns'])],
      nodes: [{ op: 'Identity', inputs: ['INPUT0'], outputs: ['OUTPUT0'] }],
    });
  }
  cpSync(path.join(folder, 'add-sub'), path.join(folder, 'simple'), { recursive: true });
  writeSlow(folder);
  write(folder, 'half_plus_two', halfPlusTwo);
  write(folder, 'simple_string', simpleString, batching('simple_string', 'TYPE_STRING'));
}

/** Rounds of the slow model for about 100 ms on a core of its own. */
const rounds = 10_000;

/** The slow example with less to do, and again as a model of which every request is run by itself. */
function writeSlow(folder: string): void {
  const model = buildSlow(rounds);
  const alone = path.join(folder, 'slow_alone');
  mkdirSync(path.join(alone, '1'), { recursive: true });
  for (const name of ['slow', 'slow_alone']) {
    writeFileSync(path.join(folder, name, '1/model.onnx'), model);
  }
  writeFileSync(path.join(alone, 'config.pbtxt'), 'name: "slow_alone"\nmax_batch_size: 0\n');
}

const row = (name: string): ReturnType<typeof tensor> => tensor(name, 'string', [null, 16]);
const cast = (from: string, to: string, type: number): Graph['nodes'][number] => ({
  op: 'Cast',
  inputs: [from],
  outputs: [to],
  attributes: { to: { int: type } },
});

/** Sum and difference of whole numbers that are written as text. */
const simpleString: Parts = {
  inputs: [row('INPUT0'), row('INPUT1')],
  outputs: [row('OUTPUT0'), row('OUTPUT1')],
  nodes: [
    cast('INPUT0', 'a', 6),
    cast('INPUT1', 'b', 6),
    { op: 'Add', inputs: ['a', 'b'], outputs: ['sum'] },
    { op: 'Sub', inputs: ['a', 'b'], outputs: ['difference'] },
    cast('sum', 'OUTPUT0', 8),
    cast('difference', 'OUTPUT1', 8),
  ],
};

/** The model of TensorFlow Serving's documents: half of `x` and two more. */
const halfPlusTwo: Parts = {
  inputs: [tensor('x', 'float', ['rows'])],
  outputs: [tensor('y', 'float', ['rows'])],
  constants: [floats('half', [], [0.5]), floats('two', [], [2])],
  nodes: [
    { op: 'Mul', inputs: ['x', 'half'], outputs: ['halved'] },
    { op: 'Add', inputs: ['halved', 'two'], outputs: ['y'] },
  ],
};

type Parts = Pick<Graph, 'nodes' | 'inputs' | 'outputs'> & Pick<Partial<Graph>, 'constants'>;

function batching(name: string, type: string): string {
  const tensors = (kind: string): string =>
    [0, 1]
      .map((n) => `${kind} { name: "${kind.toUpperCase()}${n}" data_type: ${type} dims: [16] }`)
      .join('\n');
  return `name: "${name}"\nplatform: "onnxruntime_onnx"\nmax_batch_size: 8\n${tensors('input')}\n${tensors('output')}\n`;
}

function write(folder: string, name: string, parts: Parts, config?: string): void {
  const version = path.join(folder, name, '1');
  mkdirSync(version, { recursive: true });
  const graph = { name, constants: [], ...parts };
  writeFileSync(path.join(version, 'model.onnx'), writeModel({ opsets: { 'ai.onnx': 17 }, graph }));
  if (config !== undefined) writeFileSync(path.join(folder, name, 'config.pbtxt'), config);
}
