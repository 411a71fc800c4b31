import { floats, ints, tensor } from '../constants';
import { writeModel, type Node } from '../onnx-writer';

const op = (kind: string, inputs: readonly string[], output: string): Node => ({
  op: kind,
  inputs,
  outputs: [output],
});

/**
 * Welford's running mean and variance, one step at a time. The state of a stream is
 * [count, mean, sum of squared deviations], all zero at its start; each step takes `state` and
 * gives `state_out`, to be passed to the next.
 */
const nodes: readonly Node[] = [
  {
    op: 'Split',
    inputs: ['state', 'thirds'],
    outputs: ['count', 'mean', 'squares'],
    attributes: { axis: { int: 1 } },
  },
  op('Sub', ['value', 'mean'], 'surprise'),
  op('Max', ['count', 'one'], 'seen'),
  op('Div', ['squares', 'seen'], 'variance'),
  op('Sqrt', ['variance'], 'deviation'),
  op('Max', ['deviation', 'tiny'], 'unit'),
  op('Div', ['surprise', 'unit'], 'raw_score'),
  op('Greater', ['count', 'one'], 'known'),
  op('Where', ['known', 'raw_score', 'zero'], 'score'),
  op('Add', ['count', 'one'], 'count_out'),
  op('Div', ['surprise', 'count_out'], 'shift'),
  op('Add', ['mean', 'shift'], 'mean_out'),
  op('Sub', ['value', 'mean_out'], 'rest'),
  op('Mul', ['surprise', 'rest'], 'square'),
  op('Add', ['squares', 'square'], 'squares_out'),
  {
    op: 'Concat',
    inputs: ['count_out', 'mean_out', 'squares_out'],
    outputs: ['state_out'],
    attributes: { axis: { int: 1 } },
  },
];

/** How unusual a reading is among all earlier ones of its stream, in standard deviations. */
export function buildAnomaly(): Buffer {
  return writeModel({
    doc: 'Standard deviations of a reading from the mean of the earlier ones of its stream.',
    opsets: { 'ai.onnx': 17 },
    graph: {
      name: 'anomaly',
      inputs: [tensor('value', 'float', ['batch', 1]), tensor('state', 'float', ['batch', 3])],
      outputs: [tensor('score', 'float', ['batch', 1]), tensor('state_out', 'float', ['batch', 3])],
      constants: [
        floats('zero', [1], [0]),
        floats('one', [1], [1]),
        floats('tiny', [1], [1e-6]),
        ints('thirds', [3], [1, 1, 1]),
      ],
      nodes,
    },
  });
}
