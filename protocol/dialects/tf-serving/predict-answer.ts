import type { InferResponse } from '../../infer';
import { elementCount } from '../../tensor';
import { checkRows, outputText, rowsOfAll } from './output-text';
import type { Question } from './question';

/**
 * `{"predictions": [...]}` with a value for each instance; in the column form `{"outputs": ...}` with
 * whole tensors, as TensorFlow Serving answers, and behind it `predictions`, as KServe does, where
 * every output has a row for each of the input. Bare where there is one output, else by name.
 * Throws unrepresentable_output.
 */
export function writePredict(responses: readonly InferResponse[], question: Question): string {
  const [first] = responses as readonly [InferResponse, ...InferResponse[]];
  const { rows } = question;
  if (question.form === 'column') return columns(first, rows);
  return `{"predictions":${predictions(responses, rows)}}`;
}

function predictions(responses: readonly InferResponse[], rows: number): string {
  const [first] = responses as readonly [InferResponse, ...InferResponse[]];
  const [only, ...more] = first.outputs;
  if (only === undefined || more.length > 0 || responses.length > 1) {
    return `[${namedRows(responses, rows).join(',')}]`;
  }
  checkRows(only, rows);
  if (elementCount(only.shape) > 0) return outputText(only);
  return `[${namedRows(responses, rows).join(',')}]`;
}

function columns(response: InferResponse, rows: number): string {
  const { outputs } = response;
  const byRow = outputs.every(({ shape }) => shape[0] === rows);
  const [only, ...more] = outputs;
  if (only !== undefined && more.length === 0) {
    const text = outputText(only);
    if (!byRow) return `{"outputs":${text}}`;
    const list = elementCount(only.shape) > 0 ? text : predictions([response], rows);
    return `{"outputs":${text},"predictions":${list}}`;
  }
  const members = outputs.map((output) => `${JSON.stringify(output.name)}:${outputText(output)}`);
  const named = `{"outputs":{${members.join(',')}}`;
  return byRow ? `${named},"predictions":${predictions([response], rows)}}` : `${named}}`;
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
