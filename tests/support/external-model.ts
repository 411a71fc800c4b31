import { tensor } from '../../examples/constants';
import { writeModel } from '../../examples/onnx-writer';

/** `y` = `x` + a number that lies in a file of its own, in rows of one. */
export function externalModel(location = 'weights.bin'): Buffer {
  const weight = {
    name: 'w',
    elem: 'float',
    dims: [1],
    external: { location, length: '4' },
  } as const;
  return writeModel({
    opsets: { 'ai.onnx': 17 },
    graph: {
      name: 'external',
      inputs: [tensor('x', 'float', ['n', 1])],
      outputs: [tensor('y', 'float', ['n', 1])],
      constants: [weight],
      nodes: [{ op: 'Add', inputs: ['x', 'w'], outputs: ['y'] }],
    },
  });
}

/** The file of that number. */
export function weightBytes(addend: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(addend);
  return bytes;
}
