import { floats, ints, tensor } from '../constants';
import { writeModel, type Node } from '../onnx-writer';
import { createRandom, spread } from './random';
import { square, work } from './rounds';

/** Chosen for about 300 ms on one core; the time does not depend on the input. */
const rounds = 30_000;
const float = 1;

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
  work({ rounds: 'rounds', start: 'start', end: 'end' }),
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
        floats('matrix', square, spread(createRandom(3), 0.1, 9216)),
        floats('zero', [1], [0]),
        ints('rounds', [], [times]),
      ],
      nodes,
    },
  });
}
