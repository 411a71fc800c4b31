import type { Servable } from '../../catalog';
import type { InferResponse } from '../../infer';
import type { TensorSpec } from '../../signature';
import type { Tensor } from '../../tensor';
import { valuesToJson } from '../../tensor-json/tensor-to-json';
import { wrong } from './call-body';
import { rowsOfAll } from './output-text';
import type { Question } from './question';

/** Name of the output that has the classes' scores. Throws invalid_request where none fits. */
export function scoresOutput({ model, signature }: Servable): string {
  const wanted = 'scores, floats of shape [rows, classes]';
  return onlyFitting(model, 'classify', wanted, signature.outputs.filter(isScores));
}

/** Name of the output that is a number. Throws invalid_request where none fits. */
export function numberOutput({ model, signature }: Servable): string {
  const wanted = 'a number, a float of shape [rows] or [rows, 1]';
  return onlyFitting(model, 'regress', wanted, signature.outputs.filter(isNumber));
}

function isFloat({ datatype }: TensorSpec): boolean {
  return datatype === 'FP32' || datatype === 'FP64' || datatype === 'FP16';
}

function isScores(spec: TensorSpec): boolean {
  return isFloat(spec) && (spec.shape === null || spec.shape.length === 2);
}

function isNumber(spec: TensorSpec): boolean {
  if (!isFloat(spec)) return false;
  const { shape } = spec;
  return shape === null || shape.length === 1 || (shape.length === 2 && shape[1] === 1);
}

function onlyFitting(
  model: string,
  verb: string,
  wanted: string,
  outputs: readonly TensorSpec[],
): string {
  const [only, ...more] = outputs;
  if (only !== undefined && more.length === 0) return only.name;
  const found = outputs.map(({ name }) => `'${name}'`).join(', ') || 'none';
  throw wrong(
    `Model '${model}' cannot ${verb}: wanted one output that is ${wanted}; it has ${found}. ` +
      'Use :predict.',
  );
}

/** `{"results": [[[label, score], ...], ...]}`: a class without a label goes by its number. */
export function writeClasses(
  responses: readonly InferResponse[],
  { rows, outputs }: Question,
  { classLabels }: Servable,
): string {
  const labels = classLabels?.[outputs[0] ?? ''] ?? [];
  const results = rowsOfAll(responses, rows, 0).map((row) => {
    const scores = scoreTexts(row).map((score, at) => `[${labelText(labels[at], at)},${score}]`);
    return `[${scores.join(',')}]`;
  });
  return `{"results":[${results.join(',')}]}`;
}

function labelText(label = '', at: number): string {
  return JSON.stringify(label === '' ? String(at) : label);
}

/** `{"results": [number, ...]}`. */
export function writeNumbers(responses: readonly InferResponse[], { rows }: Question): string {
  const results = rowsOfAll(responses, rows, 0).map((row) => scoreTexts(row).join(','));
  return `{"results":[${results.join(',')}]}`;
}

function scoreTexts(row: Tensor): string[] {
  const text = valuesToJson(row, { nonFinite: 'words', nested: false }).slice(1, -1);
  return text === '' ? [] : text.split(',');
}
