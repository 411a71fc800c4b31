import path from 'node:path';
import { buildAddSub } from './add-sub';
import { buildAnomaly } from './anomaly';
import { buildDigits } from './digits';
import { buildIris } from './iris';
import { buildSlow } from './slow';
import { readTable } from './table';
import { buildWords } from './words';

/** The example models by name: each function gives the bytes of its model.onnx. */
export function exampleModels(dataDirectory: string): Readonly<Record<string, () => Buffer>> {
  const table = (name: string): ReturnType<typeof readTable> =>
    readTable(path.join(dataDirectory, name));
  return {
    'add-sub': buildAddSub,
    anomaly: buildAnomaly,
    digits: () => buildDigits(table('digits.csv')),
    iris: () => buildIris(table('iris.csv')),
    slow: buildSlow,
    words: buildWords,
  };
}
