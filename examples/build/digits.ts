import { floats, ints, tensor } from '../constants';
import { writeModel, type Node } from '../onnx-writer';
import { classes, filters, hidden, trainConvnet, type Sample } from './convnet';
import type { Row } from './table';

/** Ink of a pixel is 0 to this. */
const darkest = 16;
const seed = 1;

/** Every fifth row is not learnt from, so that the rest can be judged by it. */
export function heldOut(index: number): boolean {
  return index % 5 === 4;
}

const nodes: readonly Node[] = [
  { op: 'Conv', inputs: ['image', 'conv', 'conv_bias'], outputs: ['maps'] },
  { op: 'Relu', inputs: ['maps'], outputs: ['lit'] },
  {
    op: 'MaxPool',
    inputs: ['lit'],
    outputs: ['pooled'],
    attributes: { kernel_shape: { ints: [2, 2] }, strides: { ints: [2, 2] } },
  },
  { op: 'Reshape', inputs: ['pooled', 'flat'], outputs: ['hidden'] },
  { op: 'Gemm', inputs: ['hidden', 'dense', 'dense_bias'], outputs: ['scores'] },
  {
    op: 'Softmax',
    inputs: ['scores'],
    outputs: ['probabilities'],
    attributes: { axis: { int: 1 } },
  },
  {
    op: 'ArgMax',
    inputs: ['scores'],
    outputs: ['digit'],
    attributes: { axis: { int: 1 }, keepdims: { int: 0 } },
  },
];

/** Which digit a picture of 8x8 pixels shows, ink bright on dark paper, 0 to 16. */
export function buildDigits(rows: readonly Row[]): Buffer {
  const samples = rows
    .filter((_, index) => !heldOut(index))
    .map(({ values, label }): Sample => ({
      pixels: values.map((value) => value / darkest),
      digit: Number(label),
    }));
  const weights = trainConvnet(samples, seed);
  return writeModel({
    doc: 'Handwritten digit on 8x8 pixels: a convolutional net trained on the UCI optical digits.',
    opsets: { 'ai.onnx': 17 },
    graph: {
      name: 'digits',
      inputs: [tensor('image', 'float', ['batch', 1, 8, 8])],
      outputs: [
        tensor('digit', 'int64', ['batch']),
        tensor('probabilities', 'float', ['batch', classes]),
      ],
      constants: [
        floats(
          'conv',
          [filters, 1, 3, 3],
          weights.conv.map((weight) => weight / darkest),
        ),
        floats('conv_bias', [filters], weights.convBias),
        floats('dense', [hidden, classes], weights.dense),
        floats('dense_bias', [classes], weights.denseBias),
        ints('flat', [2], [0, hidden]),
      ],
      nodes,
    },
  });
}
