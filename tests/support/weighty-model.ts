import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { ints, tensor } from '../../examples/constants';
import { writeModel } from '../../examples/onnx-writer';

/**
 * Writes `<directory>/model.onnx`, whose weights have so many bytes: `y` = `x` and the first of
 * them added, rows of three.
 */
export function writeWeighty(directory: string, bytes: number): void {
  const weights = { name: 'weights', elem: 'float', dims: [bytes / 4] } as const;
  const model = writeModel({
    opsets: { 'ai.onnx': 17 },
    graph: {
      name: 'weighty',
      inputs: [tensor('x', 'float', ['n', 3])],
      outputs: [tensor('y', 'float', ['n', 3])],
      // Not all zero, so that nothing can take them for a hole in the file.
      constants: [
        { ...weights, data: new Uint8Array(bytes).fill(1, bytes / 2) },
        ints('first', [1], [0]),
      ],
      nodes: [
        { op: 'Gather', inputs: ['weights', 'first'], outputs: ['weight'] },
        { op: 'Add', inputs: ['x', 'weight'], outputs: ['y'] },
      ],
    },
  });
  writeFileSync(path.join(directory, 'model.onnx'), model);
}
