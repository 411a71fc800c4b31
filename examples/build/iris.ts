import { floats, tensor } from '../constants';
import { writeModel } from '../onnx-writer';
import { softmax } from './softmax';
import type { Row } from './table';

export const species = ['setosa', 'versicolor', 'virginica'];

const steps = 5000;
const rate = 0.5;
const decay = 1e-4;

/** `weights[feature][class]` and a bias per class. */
export interface Linear {
  readonly weights: readonly (readonly number[])[];
  readonly bias: readonly number[];
}

/** Species of an iris by the lengths and widths of its sepals and petals, in cm. */
export function buildIris(rows: readonly Row[]): Buffer {
  const { weights, bias } = trainIris(rows);
  return writeModel({
    doc: 'Species of an iris flower: multinomial logistic regression on Fisher’s data.',
    opsets: { 'ai.onnx': 17 },
    metadata: [['classes', species.join(',')]],
    graph: {
      name: 'iris',
      inputs: [tensor('features', 'float', ['batch', 4])],
      outputs: [
        tensor('label', 'int64', ['batch']),
        tensor('probabilities', 'float', ['batch', 3]),
      ],
      constants: [floats('weights', [4, 3], weights.flat()), floats('bias', [3], bias)],
      nodes: [
        { op: 'Gemm', inputs: ['features', 'weights', 'bias'], outputs: ['scores'] },
        {
          op: 'Softmax',
          inputs: ['scores'],
          outputs: ['probabilities'],
          attributes: { axis: { int: 1 } },
        },
        {
          op: 'ArgMax',
          inputs: ['scores'],
          outputs: ['label'],
          attributes: { axis: { int: 1 }, keepdims: { int: 0 } },
        },
      ],
    },
  });
}

/** Gradient descent on standardised features; the result takes features as they are. */
export function trainIris(rows: readonly Row[]): Linear {
  const scale = standardisation(rows);
  const samples = rows.map(({ values, label }) => ({
    features: [1, ...values.map((value, k) => (value - at(scale.mean, k)) / at(scale.sd, k))],
    truth: species.map((name) => (name === label ? 1 : 0)),
  }));
  const theta = Array.from({ length: 5 }, () => [0, 0, 0]);
  for (let step = 0; step < steps; step++) {
    const gradient = theta.map((row) => row.map((weight) => weight * decay));
    for (const { features, truth } of samples) {
      const guess = softmax(product(features, theta));
      features.forEach((feature, k) => {
        guess.forEach((p, c) => {
          add(gradient[k], c, (feature * (p - at(truth, c))) / rows.length);
        });
      });
    }
    gradient.forEach((row, k) => {
      row.forEach((slope, c) => {
        add(theta[k], c, -rate * slope);
      });
    });
  }
  const [first = [], ...rest] = theta;
  const weights = rest.map((row, k) => row.map((weight) => weight / at(scale.sd, k)));
  const shift = product(scale.mean, weights);
  return { weights, bias: first.map((bias, c) => bias - at(shift, c)) };
}

/** A row vector times a matrix. */
export function product(row: readonly number[], matrix: readonly (readonly number[])[]): number[] {
  return (matrix[0] ?? []).map((_, column) =>
    row.reduce((sum, value, k) => sum + value * at(matrix[k] ?? [], column), 0),
  );
}

function standardisation(rows: readonly Row[]): { mean: number[]; sd: number[] } {
  const columns = [0, 1, 2, 3].map((k) => rows.map(({ values }) => at(values, k)));
  const average = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const mean = columns.map(average);
  const sd = columns.map((column, k) =>
    Math.sqrt(average(column.map((value) => (value - at(mean, k)) * (value - at(mean, k))))),
  );
  return { mean, sd };
}

function at(values: readonly number[], index: number): number {
  return values[index] ?? NaN;
}

function add(row: number[] | undefined, index: number, value: number): void {
  if (row !== undefined) row[index] = at(row, index) + value;
}
