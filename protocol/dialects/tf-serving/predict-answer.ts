import type { InferResponse } from '../../infer';
import { elementCount } from '../../tensor';
import { checkRows, outputText, rowsOfAll } from './output-text';
import type { Question } from './question';

/**
 * `{"predictions": [...]}` with a value for each instance, or `{"outputs": ...}` with whole tensors:
 * bare where there is one output, else by name. Throws unrepresentable_output.
 */
export function writePredict(responses: readonly InferResponse[], question: Question): string {
  const [first] = responses as readonly [InferResponse, ...InferResponse[]];
  if (question.form === 'column') return `{"outputs":${columns(first)}}`;
  const { rows } = question;
  const [only, ...more] = first.outputs;
  if (only === undefined || more.length > 0 || responses.length > 1) {
    return `{"predictions":[${namedRows(responses, rows).join(',')}]}`;
  }
  checkRows(only, rows);
  if (elementCount(only.shape) > 0) return `{"predictions":${outputText(only)}}`;
  return `{"predictions":[${namedRows(responses, rows).join(',')}]}`;
}

function columns({ outputs }: InferResponse): string {
  const [only, ...more] = outputs;
  if (only !== undefined && more.length === 0) return outputText(only);
  const members = outputs.map((output) => `${JSON.stringify(output.name)}:${outputText(output)}`);
  return `{${members.join(',')}}`;
}

function namedRows(responses: readonly InferResponse[], rows: number): string[] {
  const { outputs } = responses[0] as InferResponse;
  const texts = outputs.map((_, at) => rowsOfAll(responses, rows, at).map(outputText));
  const [only, ...more] = texts;
  if (only !== undefined && more.length === 0) return only;
  const names = outputs.map(({ name }) => JSON.stringify(name));
  return Array.from({ length: rows }, (_, row) => {
    const members = names.map((name, at) => `${name}:${texts[at]?.[row] ?? 'null'}`);
    return `{${members.join(',')}}`;
  });
}
