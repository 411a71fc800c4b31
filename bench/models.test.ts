import path from 'node:path';
import { readModelFacts } from '../modelhost/onnx/read-model';
import { refuseUnservable } from '../modelhost/onnx/refuse-unservable';
import type { Tensor } from '../protocol/tensor';
import { runReference } from '../tests/support/runtime-run';
import { encodeElements } from '../tests/support/shared-cases';
import { temporaryDirectory } from '../tests/support/small-models';
import { benchModels, writeBenchModels } from './models';

const directory = temporaryDirectory();

function modelFile(name: string): string {
  return path.join(directory, name, '1', 'model.onnx');
}

function filled(name: string, shape: readonly number[]): Tensor {
  const count = shape.reduce((product, dim) => product * dim, 1);
  const values = Array.from({ length: count }, (_, k) => (k % 17) / 17);
  return { name, datatype: 'FP32', shape, data: encodeElements('FP32', values) };
}

function numbers(tensor: Tensor): Float32Array {
  return new Float32Array(new Uint8Array(tensor.data).buffer);
}

describe('the bench models', () => {
  beforeAll(() => {
    writeBenchModels(directory, ['bench-many-1']);
  });

  it.each(Object.keys(benchModels))('%s can be served in batches', async (name) => {
    const facts = await readModelFacts(modelFile(name));
    await refuseUnservable(facts, path.dirname(modelFile(name)));
    const { inputs, outputs } = facts.signature;
    expect([...inputs, ...outputs].map(({ shape }) => shape?.[0])).toEqual(
      [...inputs, ...outputs].map(() => 'batch'),
    );
  });

  it.each([
    ['bench-mlp', [3, 784], 10],
    ['bench-conv', [2, 3, 224, 224], 1000],
    ['bench-slow', [2, 16], 10],
    ['bench-long', [2, 16], 10],
  ])('%s gives probabilities per row', async (name, shape, classes) => {
    const [output] = await runReference(modelFile(name), [filled('x', shape)]);
    expect(output!.shape).toEqual([shape[0], classes]);
    const values = numbers(output!);
    for (let row = 0; row < shape[0]!; row++) {
      const sum = values.subarray(row * classes, (row + 1) * classes).reduce((a, b) => a + b, 0);
      expect(sum).toBeCloseTo(1, 4);
    }
  });

  it('the tiny one can be had under other names too', async () => {
    const { signature } = await readModelFacts(modelFile('bench-many-1'));
    expect(signature.inputs.map(({ name }) => name)).toEqual(['INPUT0', 'INPUT1']);
  });

  it('bench-tiny adds and subtracts', async () => {
    const shape = [1, 16];
    const outputs = await runReference(modelFile('bench-tiny'), [
      filled('INPUT0', shape),
      filled('INPUT1', shape),
    ]);
    const input = numbers(filled('', shape));
    expect(Array.from(numbers(outputs[0]!))).toEqual(Array.from(input, (value) => value * 2));
    expect(Array.from(numbers(outputs[1]!))).toEqual(Array.from(input, () => 0));
  });
});
