import { floats, ints, tensor } from '../constants';
import { writeModel, type Graph, type Node } from '../onnx-writer';
import { createRandom, spread } from './random';

const side = 96;
/** Chosen for about 300 ms on one core; the time does not depend on the input. */
const rounds = 30_000;
const float = 1;

const round: Graph = {
  name: 'round',
  inputs: [
    tensor('index', 'int64', []),
    tensor('go', 'bool', []),
    tensor('before', 'float', [side, side]),
  ],
  outputs: [tensor('go_on', 'bool', []), tensor('after', 'float', [side, side])],
  nodes: [
    { op: 'Identity', inputs: ['go'], outputs: ['go_on'] },
    { op: 'MatMul', inputs: ['before', 'matrix'], outputs: ['turned'] },
    { op: 'Tanh', inputs: ['turned'], outputs: ['after'] },
  ],
};

/** The start depends on the input's shape, known only when it runs: nothing can be folded. */
const nodes: readonly Node[] = [
  { op: 'Shape', inputs: ['x'], outputs: ['shape'] },
  { op: 'Cast', inputs: ['shape'], outputs: ['sizes'], attributes: { to: { int: float } } },
  {
    op: 'ReduceSum',
    inputs: ['sizes'],
    outputs: ['size'],
    attributes: { keepdims: { int: 1 } },
  },
  { op: 'Mul', inputs: ['size', 'zero'], outputs: ['nothing'] },
  { op: 'Add', inputs: ['matrix', 'nothing'], outputs: ['start'] },
  {
    op: 'Loop',
    inputs: ['rounds', '', 'start'],
    outputs: ['end'],
    attributes: { body: { graph: round } },
  },
  { op: 'ReduceMean', inputs: ['end'], outputs: ['mean'], attributes: { keepdims: { int: 0 } } },
  { op: 'Mul', inputs: ['mean', 'zero'], outputs: ['nothing_more'] },
  { op: 'Add', inputs: ['x', 'nothing_more'], outputs: ['y'] },
];

/** Gives its input back after some hundred milliseconds of work, or less for fewer rounds. */
export function buildSlow(times = rounds): Buffer {
  return writeModel({
    doc: 'y = x, after about 300 ms of work on one core.',
    opsets: { 'ai.onnx': 17 },
    graph: {
      name: 'slow',
      inputs: [tensor('x', 'float', ['batch', 4])],
      outputs: [tensor('y', 'float', ['batch', 4])],
      constants: [
        floats('matrix', [side, side], spread(createRandom(3), 0.1, side * side)),
        floats('zero', [1], [0]),
        ints('rounds', [], [times]),
      ],
      nodes,
    },
  });
}
