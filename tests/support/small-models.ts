import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { tensor } from '../../examples/constants';
import { writeModel, type Graph, type Model } from '../../examples/onnx-writer';

/** y = relu(x) on two floats, with whatever is given in place of its own parts. */
export function reluModel(graph: Partial<Graph> = {}, model: Partial<Model> = {}): Buffer {
  return writeModel({
    opsets: { 'ai.onnx': 17 },
    graph: {
      name: 'relu',
      inputs: [tensor('x', 'float', [2])],
      outputs: [tensor('y', 'float', [2])],
      nodes: [{ op: 'Relu', inputs: ['x'], outputs: ['y'] }],
      ...graph,
    },
    ...model,
  });
}

/** A directory that is gone after the tests of the surrounding `describe`. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'shoal-test-'));
  afterAll(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

/** Writes `name` into the directory and gives its path. */
export function writeIn(directory: string, name: string, bytes: Uint8Array): string {
  const file = path.join(directory, name);
  writeFileSync(file, bytes);
  return file;
}
