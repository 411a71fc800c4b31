import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { ints, tensor } from '../../examples/constants';
import { writeModel } from '../../examples/onnx-writer';

/**
 * Writes `<directory>/<name>`, a model that holds so many bytes of weights as long as it is loaded
 * (the runtime cannot compute anything of them beforehand): `y` = `x` + `value`, rows of three.
 */
export function writeHeldWeights(
  directory: string,
  bytes: number,
  { value = 0, name = 'model.onnx' } = {},
): string {
  const data = new Float32Array(bytes / 4).fill(value);
  const model = writeModel({
    opsets: { 'ai.onnx': 17 },
    graph: {
      name: 'held',
      inputs: [tensor('x', 'float', ['n', 3])],
      outputs: [tensor('y', 'float', ['n', 3])],
      constants: [
        { name: 'weights', elem: 'float', dims: [bytes / 4], data: new Uint8Array(data.buffer) },
        ints('first', [1], [0]),
      ],
      nodes: [
        { op: 'Shape', inputs: ['x'], outputs: ['shape'] },
        { op: 'Gather', inputs: ['shape', 'first'], outputs: ['rows'] },
        { op: 'Gather', inputs: ['weights', 'rows'], outputs: ['weight'] },
        { op: 'Add', inputs: ['x', 'weight'], outputs: ['y'] },
      ],
    },
  });
  const file = path.join(directory, name);
  writeFileSync(file, model);
  return file;
}
