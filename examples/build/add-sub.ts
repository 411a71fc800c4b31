import { tensor } from '../constants';
import { writeModel } from '../onnx-writer';

const shape = [null, 16];

/** Sum and difference of two rows of 16 integers: the model that Triton's examples call simple. */
export function buildAddSub(): Buffer {
  return writeModel({
    doc: 'OUTPUT0 = INPUT0 + INPUT1, OUTPUT1 = INPUT0 - INPUT1.',
    opsets: { 'ai.onnx': 17 },
    graph: {
      name: 'add-sub',
      inputs: [tensor('INPUT0', 'int32', shape), tensor('INPUT1', 'int32', shape)],
      outputs: [tensor('OUTPUT0', 'int32', shape), tensor('OUTPUT1', 'int32', shape)],
      nodes: [
        { op: 'Add', inputs: ['INPUT0', 'INPUT1'], outputs: ['OUTPUT0'] },
        { op: 'Sub', inputs: ['INPUT0', 'INPUT1'], outputs: ['OUTPUT1'] },
      ],
    },
  });
}
