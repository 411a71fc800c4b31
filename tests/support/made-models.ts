import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildRounds, matrix, work } from '../../examples/build/rounds';
import { floats, ints, tensor } from '../../examples/constants';
import { writeModel, type Constant, type Graph, type Value } from '../../examples/onnx-writer';

/** Small models that do one thing which tests of runners need; each writes its file. */
function write(
  directory: string,
  name: string,
  {
    more = [],
    ...parts
  }: Pick<Graph, 'nodes' | 'inputs' | 'outputs'> & {
    readonly more?: readonly Constant[];
  },
): string {
  const file = path.join(directory, `${name}.onnx`);
  const constants = [floats('one', [1], [1]), ...more];
  writeFileSync(
    file,
    writeModel({ opsets: { 'ai.onnx': 17 }, graph: { name, constants, ...parts } }),
  );
  return file;
}

const rows = (name: string, ...rest: readonly number[]): Value =>
  tensor(name, 'float', ['n', ...rest]);

/** `y` = `x` + 1, rows of three. */
export function writeAddOne(directory: string): string {
  const nodes = [{ op: 'Add', inputs: ['x', 'one'], outputs: ['y'] }];
  return write(directory, 'add-one', { nodes, inputs: [rows('x', 3)], outputs: [rows('y', 3)] });
}

/** `y` = `x` + 1, which says that it takes any width, and takes one or three. */
export function writeThreeWide(directory: string): string {
  const open = (name: string): Value => tensor(name, 'float', ['n', 'width']);
  return write(directory, 'three-wide', {
    more: [floats('ones', [3], [1, 1, 1])],
    nodes: [{ op: 'Add', inputs: ['x', 'ones'], outputs: ['y'] }],
    inputs: [open('x')],
    outputs: [open('y')],
  });
}

/** Softmax over the rows of a batch: rows are not independent though the shapes say so. */
export function writeAcrossRows(directory: string): string {
  const nodes = [
    { op: 'Softmax', inputs: ['x'], outputs: ['y'], attributes: { axis: { int: 0 } } },
  ];
  return write(directory, 'across-rows', {
    nodes,
    inputs: [rows('x', 3)],
    outputs: [rows('y', 3)],
  });
}

/** `y` = tanh of `x` times a matrix, for exactly eight rows of three. */
export function writeEightRows(directory: string): string {
  const eight = (name: string): Value => tensor(name, 'float', [8, 3]);
  const weights = [0.5, -1, 0.25, 2, 0.125, -0.5, 1, 1.5, -0.75];
  return write(directory, 'eight-rows', {
    more: [floats('weights', [3, 3], weights)],
    nodes: [
      { op: 'MatMul', inputs: ['x', 'weights'], outputs: ['turned'] },
      { op: 'Tanh', inputs: ['turned'], outputs: ['y'] },
    ],
    inputs: [eight('x')],
    outputs: [eight('y')],
  });
}

/** Softmax over exactly eight rows, so that they depend on one another. */
export function writeAcrossEight(directory: string): string {
  const eight = (name: string): Value => tensor(name, 'float', [8, 3]);
  const nodes = [
    { op: 'Softmax', inputs: ['x'], outputs: ['y'], attributes: { axis: { int: 0 } } },
  ];
  return write(directory, 'across-eight', { nodes, inputs: [eight('x')], outputs: [eight('y')] });
}

/**
 * Works for `rounds` (INT64[]) times some ten microseconds, then gives `y` (FP32[]); for `atLeast`
 * rounds whatever is asked.
 */
export function writeRounds(directory: string, atLeast = 0): string {
  const file = path.join(directory, 'rounds.onnx');
  writeFileSync(file, buildRounds(atLeast));
  return file;
}

/**
 * `y` = 2 `rounds`, whole numbers in rows of one, each row for itself; but a batch takes as long as
 * the greatest of its rows asks for, which is that many times some ten microseconds.
 */
export function writeRoundsOfRows(directory: string): string {
  const whole = (name: string): Value => tensor(name, 'int64', ['n', 1]);
  const scalar = { keepdims: { int: 0 } };
  return write(directory, 'rounds-of-rows', {
    more: [floats('zero', [], [0]), matrix],
    nodes: [
      { op: 'ReduceMax', inputs: ['rounds'], outputs: ['turns'], attributes: scalar },
      work({ rounds: 'turns', start: 'matrix', end: 'worked' }),
      { op: 'ReduceMax', inputs: ['worked'], outputs: ['some'], attributes: scalar },
      { op: 'Mul', inputs: ['some', 'zero'], outputs: ['nothing'] },
      { op: 'Cast', inputs: ['nothing'], outputs: ['none'], attributes: { to: { int: 7 } } },
      { op: 'Add', inputs: ['rounds', 'rounds'], outputs: ['twice'] },
      { op: 'Add', inputs: ['twice', 'none'], outputs: ['y'] },
    ],
    inputs: [whole('rounds')],
    outputs: [whole('y')],
  });
}

/** `y` = twice the input of that name, whole numbers in rows of so many. */
export function writeTwice(directory: string, input: string, width: number): string {
  const whole = (name: string): Value => tensor(name, 'int64', ['n', width]);
  const nodes = [{ op: 'Add', inputs: [input, input], outputs: ['y'] }];
  return write(directory, 'twice', { nodes, inputs: [whole(input)], outputs: [whole('y')] });
}

/** Fills `n` (INT64[1]), at least `atLeast`, floats with zeros and gives their sum: takes 4 n bytes. */
export function writeAllocate(directory: string, atLeast = 0): string {
  const nodes = [
    { op: 'Max', inputs: ['n', 'least'], outputs: ['count'] },
    { op: 'ConstantOfShape', inputs: ['count'], outputs: ['zeros'] },
    { op: 'ReduceSum', inputs: ['zeros'], outputs: ['y'], attributes: { keepdims: { int: 0 } } },
  ];
  return write(directory, 'allocate', {
    more: [ints('least', [1], [atLeast])],
    nodes,
    inputs: [tensor('n', 'int64', [1])],
    outputs: [tensor('y', 'float', [])],
  });
}

/** The element that ends any process that runs the model of `writeDivide` on it. */
export const deadly = 123_456_789;

/**
 * `y` = -2^63 / (`x` - 123456790), whole numbers in rows of three, each row for itself. Where `x`
 * is `deadly` the result is 2^63, which an x86 processor answers with SIGFPE.
 */
export function writeDivide(directory: string): string {
  const whole = (name: string): Value => tensor(name, 'int64', ['n', 3]);
  return write(directory, 'divide', {
    more: [ints('lowest', [1], [-(2 ** 63)]), ints('from', [1], [deadly + 1])],
    nodes: [
      { op: 'Sub', inputs: ['x', 'from'], outputs: ['divisor'] },
      { op: 'Div', inputs: ['lowest', 'divisor'], outputs: ['y'] },
    ],
    inputs: [whole('x')],
    outputs: [whole('y')],
  });
}

/** Its output is of four bits, which ends any process that runs it. */
export function writeAbort(directory: string): string {
  const nodes = [{ op: 'Cast', inputs: ['x'], outputs: ['y'], attributes: { to: { int: 22 } } }];
  const file = path.join(directory, 'abort.onnx');
  const graph = {
    name: 'abort',
    nodes,
    inputs: [rows('x', 3)],
    outputs: [tensor('y', 'int4', ['n', 3])],
  };
  writeFileSync(file, writeModel({ opsets: { 'ai.onnx': 21 }, irVersion: 10, graph }));
  return file;
}
