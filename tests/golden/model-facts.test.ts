import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ModelFacts, Operator } from '../../modelhost/onnx/model-facts';
import { readModelFacts } from '../../modelhost/onnx/read-model';
import { describeShared, sharedModels } from '../support/shared-models';

/** Written by make-model-facts.py with the onnx library: facts by model file. */
const goldenFile = path.resolve(process.cwd(), 'tests/golden/model-facts.json');

describeShared('facts of a model file are those of the onnx library', () => {
  const golden = JSON.parse(readFileSync(goldenFile, 'utf8')) as Record<string, unknown>;

  it('compares a zoo, not a handful', () => {
    expect(Object.keys(golden).length).toBeGreaterThan(120);
  });

  it.each(Object.keys(golden))('%s', async (file) => {
    const facts = await readModelFacts(path.join(sharedModels, file));
    expect(comparable(facts)).toEqual(golden[file]);
  });
});

function comparable({ format, ...facts }: ModelFacts): unknown {
  expect(format).toBe('onnx');
  const words = (operators: readonly Operator[]): string[] =>
    operators.map(({ domain, name }) => `${domain}:${name}`);
  return {
    ...facts,
    opsets: { ...facts.opsets },
    metadata: { ...facts.metadata },
    operators: words(facts.operators).sort(),
    functions: words(facts.functions),
  };
}
