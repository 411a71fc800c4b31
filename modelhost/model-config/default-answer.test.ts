import type { Signature, TensorSpec } from '../../protocol/signature';
import { checkConfig } from './check-config';
import { storedAnswer } from './default-answer';
import { parseModelConfig } from './parse-config';

function spec(name: string, datatype: TensorSpec['datatype'], shape: TensorSpec['shape']) {
  return { name, datatype, shape, valueType: `tensor(${datatype ?? 'other'})` };
}

const signature: Signature = {
  inputs: [spec('x', 'FP32', ['n', 4])],
  outputs: [
    spec('label', 'INT64', ['n']),
    spec('scores', 'FP32', ['n', 3]),
    spec('map', null, null),
  ],
};

const label = { name: 'label', datatype: 'INT64', shape: [1], data: [2] };
const scores = { name: 'scores', datatype: 'FP32', shape: [1, 3], data: [0, 0.5, 1] };

function configOf(outputs: unknown[]): ReturnType<typeof parseModelConfig> {
  const file = { shoal: { default_answer: { after_ms: 50, outputs } } };
  return parseModelConfig(JSON.stringify(file), 'config.json');
}

describe('a default answer against the model', () => {
  test('is told as bytes, in the order of the model', () => {
    expect(storedAnswer(configOf([scores, label]), signature)).toEqual({
      afterMs: 50,
      outputs: [
        { name: 'label', datatype: 'INT64', shape: [1], base64: 'AgAAAAAAAAA=' },
        { name: 'scores', datatype: 'FP32', shape: [1, 3], base64: 'AAAAAAAAAD8AAIA/' },
      ],
    });
  });

  test.each<[string, unknown[], string]>([
    ['an output is missing', [label], "outputs: 'scores' is missing"],
    ['one is not there', [label, scores, { ...label, name: 'z' }], "no output 'z', it has label"],
    ['one is there twice', [label, scores, label], "outputs.2.name: 'label' is there twice"],
    ['another type', [{ ...label, datatype: 'INT32' }, scores], 'the model has INT64, got INT32'],
    ['two rows', [{ ...label, shape: [2], data: [1, 2] }, scores], 'wanted [-1], one row where'],
    ['another size', [label, { ...scores, shape: [1, 2], data: [1, 2] }], 'wanted [-1,3]'],
    ['too few values', [label, { ...scores, data: [1] }], "outputs.1: 'scores'"],
    ['no whole number', [{ ...label, data: [1.5] }, scores], "outputs.0: 'label'"],
  ])('%s: refused with the reason', (_what, outputs, message) => {
    const config = configOf(outputs);
    const check = (): void => {
      checkConfig(config, signature);
    };
    expect(check).toThrow('The configuration does not fit: shoal.default_answer');
    expect(check).toThrow(message);
    expect(storedAnswer(config, signature)).toBeNull();
  });
});
