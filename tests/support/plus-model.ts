import { matrix, work } from '../../examples/build/rounds';
import { floats, ints, tensor } from '../../examples/constants';
import { writeModel } from '../../examples/onnx-writer';
import { inferJson, elementsOf, type OipAnswer } from './oip-calls';
import { encodeElements } from './shared-cases';

/** The file of a model with `y` = `x` + `addend`, rows of one float or more. */
export function plusModel(addend: number, width = 1): Uint8Array<ArrayBuffer> {
  return new Uint8Array(
    writeModel({
      opsets: { 'ai.onnx': 17 },
      graph: {
        name: 'plus',
        inputs: [tensor('x', 'float', ['n', width])],
        outputs: [tensor('y', 'float', ['n', width])],
        constants: [floats('addend', [1], [addend])],
        nodes: [{ op: 'Add', inputs: ['x', 'addend'], outputs: ['y'] }],
      },
    }),
  );
}

/** The same with 1 added, for numbers below 1; it fails on larger ones. */
export function fragilePlusModel(): Uint8Array<ArrayBuffer> {
  const index = { op: 'Cast', inputs: ['x'], outputs: ['at'], attributes: { to: { int: 7 } } };
  return new Uint8Array(
    writeModel({
      opsets: { 'ai.onnx': 17 },
      graph: {
        name: 'fragile',
        inputs: [tensor('x', 'float', ['n', 1])],
        outputs: [tensor('y', 'float', ['n', 1])],
        constants: [floats('addends', [1], [1])],
        nodes: [
          index,
          { op: 'Gather', inputs: ['addends', 'at'], outputs: ['addend'] },
          { op: 'Add', inputs: ['x', 'addend'], outputs: ['y'] },
        ],
      },
    }),
  );
}

/** The same with 1 added, after so many rounds of some ten microseconds of work. */
export function slowPlusModel(rounds: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(
    writeModel({
      opsets: { 'ai.onnx': 17 },
      graph: {
        name: 'slow-plus',
        inputs: [tensor('x', 'float', ['n', 1])],
        outputs: [tensor('y', 'float', ['n', 1])],
        constants: [
          matrix,
          floats('addend', [1], [1]),
          floats('zero', [1], [0]),
          ints('rounds', [], [rounds]),
        ],
        // What it begins with depends on the input, and what it ends with goes into the output.
        nodes: [
          { op: 'ReduceSum', inputs: ['x'], outputs: ['sum'] },
          { op: 'Mul', inputs: ['sum', 'zero'], outputs: ['nothing'] },
          { op: 'Add', inputs: ['matrix', 'nothing'], outputs: ['start'] },
          work({ rounds: 'rounds', start: 'start', end: 'end' }),
          { op: 'ReduceMax', inputs: ['end'], outputs: ['most'] },
          { op: 'Mul', inputs: ['most', 'zero'], outputs: ['nothing_more'] },
          { op: 'Add', inputs: ['addend', 'nothing_more'], outputs: ['more'] },
          { op: 'Add', inputs: ['x', 'more'], outputs: ['y'] },
        ],
      },
    }),
  );
}

/** What the model at `url` adds to a number now, and its whole answer. */
export async function askAddend(
  url: string,
  model: string,
  { x = 1, version }: { readonly x?: number; readonly version?: number } = {},
): Promise<{ readonly addend: number; readonly answer: OipAnswer }> {
  const data = encodeElements('FP32', [x]);
  const inputs = [{ name: 'x', datatype: 'FP32', shape: [1, 1], data }] as const;
  const answer = await inferJson({
    url,
    model,
    inputs,
    ...(version === undefined ? {} : { version }),
  });
  return { addend: Number(elementsOf(answer.outputs[0]!)[0]) - x, answer };
}
