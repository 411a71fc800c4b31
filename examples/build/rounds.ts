import { floats, ints, tensor } from '../constants';
import { writeModel, type Graph, type Node } from '../onnx-writer';

/** The shape of what is worked on, and of the constant `matrix` that a graph with work must have. */
export const square: readonly number[] = [96, 96];

/**
 * Such a matrix. Times 96 it is more than 1, so that what is worked on never comes near zero: some
 * processors take a hundred times longer for numbers that are subnormal.
 */
export const matrix = floats('matrix', square, new Array<number>(9216).fill(0.02));

/** What a graph's work takes and gives, by name. */
export interface Work {
  /** INT64[], times some ten microseconds. */
  readonly rounds: string;
  /** The square that it begins with. */
  readonly start: string;
  /** The square that it ends with. */
  readonly end: string;
}

const round: Graph = {
  name: 'round',
  inputs: [
    tensor('index', 'int64', []),
    tensor('go', 'bool', []),
    tensor('before', 'float', square),
  ],
  outputs: [tensor('go_on', 'bool', []), tensor('after', 'float', square)],
  nodes: [
    { op: 'Identity', inputs: ['go'], outputs: ['go_on'] },
    { op: 'MatMul', inputs: ['before', 'matrix'], outputs: ['turned'] },
    { op: 'Tanh', inputs: ['turned'], outputs: ['after'] },
  ],
};

/** One node that takes so long as it is told. */
export function work({ rounds, start, end }: Work): Node {
  return {
    op: 'Loop',
    inputs: [rounds, '', start],
    outputs: [end],
    attributes: { body: { graph: round } },
  };
}

/**
 * Works for `rounds` (INT64[]), at least `atLeast`, times some ten microseconds, then gives `y`
 * (FP32[]).
 */
export function buildRounds(atLeast = 0): Buffer {
  return writeModel({
    opsets: { 'ai.onnx': 17 },
    graph: {
      name: 'rounds',
      inputs: [tensor('rounds', 'int64', [])],
      outputs: [tensor('y', 'float', [])],
      constants: [matrix, ints('least', [], [atLeast])],
      nodes: [
        { op: 'Max', inputs: ['rounds', 'least'], outputs: ['turns'] },
        work({ rounds: 'turns', start: 'matrix', end: 'worked' }),
        {
          op: 'ReduceMax',
          inputs: ['worked'],
          outputs: ['y'],
          attributes: { keepdims: { int: 0 } },
        },
      ],
    },
  });
}
