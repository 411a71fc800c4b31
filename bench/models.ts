import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createRandom, spread, type Random } from '../examples/build/random';
import { matrix, work } from '../examples/build/rounds';
import { floats, ints, tensor } from '../examples/constants';
import { writeModel, type Constant, type Node } from '../examples/onnx-writer';

/** The models that the bench serves, by name; random weights, the same every time. */
export const benchModels: Readonly<Record<string, () => Buffer>> = {
  'bench-tiny': tiny,
  'bench-mlp': mlp,
  'bench-conv': conv,
  'bench-slow': () => convolutions('bench-slow', 4),
  'bench-long': () => convolutions('bench-long', 25),
};

/**
 * Writes <name>/1/model.onnx of every bench model below the directory, and the tiny one under
 * further names: a model repository. Gives the directory back.
 */
export function writeBenchModels(directory: string, moreTiny: readonly string[] = []): string {
  const more = moreTiny.map((name) => [name, tiny] as const);
  for (const [name, build] of [...Object.entries(benchModels), ...more]) {
    const version = path.join(directory, name, '1');
    mkdirSync(version, { recursive: true });
    writeFileSync(path.join(version, 'model.onnx'), build());
  }
  return directory;
}

/** INPUT0, INPUT1 FP32[batch,16] -> OUTPUT0 the sum, OUTPUT1 the difference. */
function tiny(): Buffer {
  const shape = ['batch', 16];
  return writeModel({
    opsets: { 'ai.onnx': 17 },
    graph: {
      name: 'bench-tiny',
      inputs: [tensor('INPUT0', 'float', shape), tensor('INPUT1', 'float', shape)],
      outputs: [tensor('OUTPUT0', 'float', shape), tensor('OUTPUT1', 'float', shape)],
      nodes: [
        { op: 'Add', inputs: ['INPUT0', 'INPUT1'], outputs: ['OUTPUT0'] },
        { op: 'Sub', inputs: ['INPUT0', 'INPUT1'], outputs: ['OUTPUT1'] },
      ],
    },
  });
}

/** The same with a run of about half a second on a processor that nobody else wants. */
export function slowTinyModel(): Buffer {
  const shape = ['batch', 16];
  const scalar = { keepdims: { int: 0 } };
  return writeModel({
    opsets: { 'ai.onnx': 17 },
    graph: {
      name: 'bench-slow-tiny',
      inputs: [tensor('INPUT0', 'float', shape), tensor('INPUT1', 'float', shape)],
      outputs: [tensor('OUTPUT0', 'float', shape), tensor('OUTPUT1', 'float', shape)],
      constants: [matrix, ints('rounds', [], [50_000]), floats('zero', [], [0])],
      nodes: [
        work({ rounds: 'rounds', start: 'matrix', end: 'worked' }),
        { op: 'ReduceMax', inputs: ['worked'], outputs: ['some'], attributes: scalar },
        { op: 'Mul', inputs: ['some', 'zero'], outputs: ['nothing'] },
        { op: 'Add', inputs: ['INPUT0', 'INPUT1'], outputs: ['sum'] },
        { op: 'Add', inputs: ['sum', 'nothing'], outputs: ['OUTPUT0'] },
        { op: 'Sub', inputs: ['INPUT0', 'INPUT1'], outputs: ['OUTPUT1'] },
      ],
    },
  });
}

/** A chain of nodes under construction: each step reads what the one before it gave. */
interface Chain {
  readonly nodes: Node[];
  readonly constants: Constant[];
  readonly random: Random;
  last: string;
}

/** x FP32[batch,784] -> probabilities FP32[batch,10] through layers of 512 and 256. */
function mlp(): Buffer {
  const chain = startChain(11);
  dense(chain, 784, 512);
  add(chain, { op: 'Relu' });
  dense(chain, 512, 256);
  add(chain, { op: 'Relu' });
  dense(chain, 256, 10);
  return finish(chain, { name: 'bench-mlp', input: ['batch', 784], classes: 10 });
}

/** x FP32[batch,16] -> probabilities FP32[batch,10] through layers of 1,960: 30 MB of weights. */
export function heavyModel(): Buffer {
  const chain = startChain(14);
  dense(chain, 16, 1960);
  for (let layer = 0; layer < 2; layer += 1) {
    add(chain, { op: 'Relu' });
    dense(chain, 1960, 1960);
  }
  add(chain, { op: 'Relu' });
  dense(chain, 1960, 10);
  return finish(chain, { name: 'bench-heavy', input: ['batch', 16], classes: 10 });
}

/** x FP32[batch,3,224,224] -> probabilities FP32[batch,1000]; 5 to 6 ms of one core a picture. */
function conv(): Buffer {
  const chain = startChain(12);
  const widths = [3, 64, 128, 240, 416];
  widths.slice(1).forEach((width, index) => {
    convolution(chain, [widths[index] ?? 0, width], 2);
    add(chain, { op: 'Relu' });
  });
  add(chain, { op: 'GlobalAveragePool' });
  add(chain, { op: 'Flatten' });
  dense(chain, widths.at(-1) ?? 0, 1000);
  return finish(chain, { name: 'bench-conv', input: ['batch', 3, 224, 224], classes: 1000 });
}

/** x FP32[batch,16] -> probabilities FP32[batch,10]; about a millisecond per layer for little input. */
function convolutions(name: string, layers: number): Buffer {
  const chain = startChain(13);
  dense(chain, 16, 56 * 56);
  chain.constants.push(ints('plane', [4], [-1, 1, 56, 56]));
  add(chain, { op: 'Reshape' }, ['plane']);
  for (let layer = 0; layer < layers; layer += 1) {
    convolution(chain, [layer === 0 ? 1 : 64, 64], 1);
    add(chain, { op: 'Relu' });
  }
  add(chain, { op: 'GlobalAveragePool' });
  add(chain, { op: 'Flatten' });
  dense(chain, 64, 10);
  return finish(chain, { name, input: ['batch', 16], classes: 10 });
}

function startChain(seed: number): Chain {
  return { nodes: [], constants: [], random: createRandom(seed), last: 'x' };
}

function add(chain: Chain, node: Pick<Node, 'op' | 'attributes'>, constants: string[] = []): void {
  const output = `v${chain.nodes.length}`;
  chain.nodes.push({ ...node, inputs: [chain.last, ...constants], outputs: [output] });
  chain.last = output;
}

/** Weights that keep the size of what passes through about the same. */
function weights(chain: Chain, dims: readonly number[], fanIn: number): string {
  const name = `w${chain.constants.length}`;
  const count = dims.reduce((product, dim) => product * dim, 1);
  const values = spread(chain.random, Math.sqrt(2 / fanIn), count);
  chain.constants.push(floats(name, dims, values));
  return name;
}

function dense(chain: Chain, from: number, to: number): void {
  const matrix = weights(chain, [from, to], from);
  add(chain, { op: 'Gemm' }, [matrix, weights(chain, [to], 1000)]);
}

/** 3x3; a stride of 2 halves height and width. */
function convolution(
  chain: Chain,
  [from, to]: readonly [from: number, to: number],
  stride: number,
): void {
  const filters = weights(chain, [to, from, 3, 3], from * 9);
  add(
    chain,
    {
      op: 'Conv',
      attributes: { strides: { ints: [stride, stride] }, pads: { ints: [1, 1, 1, 1] } },
    },
    [filters, weights(chain, [to], 1000)],
  );
}

function finish(
  chain: Chain,
  model: { readonly name: string; readonly input: (string | number)[]; readonly classes: number },
): Buffer {
  const nodes = [
    ...chain.nodes,
    {
      op: 'Softmax',
      inputs: [chain.last],
      outputs: ['probabilities'],
      attributes: { axis: { int: 1 } },
    },
  ];
  return writeModel({
    opsets: { 'ai.onnx': 17 },
    graph: {
      name: model.name,
      nodes,
      constants: chain.constants,
      inputs: [tensor('x', 'float', model.input)],
      outputs: [tensor('probabilities', 'float', ['batch', model.classes])],
    },
  });
}
