import { readFile } from 'node:fs/promises';
import { ShoalError } from '../../core/errors';
import type {
  CheckedModel,
  CheckModel,
  VersionMeta,
} from '../../modelhost/repository/version-meta';

/** What the fake check says of every good file. */
export const checkedModel: CheckedModel = {
  facts: {
    signature: {
      inputs: [{ name: 'x', datatype: 'FP32', valueType: 'tensor(float)', shape: ['N', 4] }],
      outputs: [{ name: 'y', datatype: 'FP32', valueType: 'tensor(float)', shape: ['N', 3] }],
    },
    opsets: { 'ai.onnx': 13 },
    producer: 'test 1',
    metadata: { author: 'somebody' },
    docString: '',
    irVersion: 8,
  },
  probe: {
    loadMs: 1,
    residentBytes: 1000,
    ran: true,
    rowUs: { alone: 10, batched: 2 },
    canBatch: true,
    whyNoBatch: '',
  },
};

/** What is stored of such a file, where a test does not look at it. */
export const storedMeta: VersionMeta = {
  ...checkedModel,
  format: 1,
  file: 'model.onnx',
  sha256: '',
  bytes: 1,
  configDigest: '',
  createdAt: '',
};

/** Takes every file for a model but empty ones and those that begin with `bad`. */
export const fakeCheck: CheckModel = async (file) => {
  const text = await readFile(file, 'utf8');
  if (text === '' || text.startsWith('bad'))
    throw new ShoalError('model_rejected', `It says: ${text}`);
  return checkedModel;
};
