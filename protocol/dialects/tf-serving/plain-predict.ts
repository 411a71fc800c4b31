import { JsonCursor, openList } from '../../plain-json/json-cursor';
import { listShape } from '../../plain-json/list-shape';
import { notPlain } from '../../plain-json/not-plain';
import { readTensorData } from '../../plain-json/tensor-data';
import type { Servable } from '../../catalog';
import type { TensorSpec } from '../../signature';
import { elementCount, type Tensor } from '../../tensor';
import { signatureName } from './call-body';
import type { Question } from './question';
import { fittedShape } from './tensor-of-value';

/**
 * Reads a prediction's body straight from its bytes where it has the usual form: lists of numbers
 * or words for a model with one input, or by name in the column form, and nothing beside them but
 * the signature's name. Undefined for all others, be they right or wrong.
 */
export function readPlainPredict(json: Uint8Array, { signature }: Servable): Question | undefined {
  try {
    return questionAt(new JsonCursor(json), signature.inputs);
  } catch (error) {
    if (error === notPlain) return undefined;
    throw error;
  }
}

function questionAt(cursor: JsonCursor, specs: readonly TensorSpec[]): Question {
  let question: Question | undefined;
  for (let more = cursor.enterObject(); more; more = cursor.moreMembers()) {
    const key = cursor.key();
    if (key === 'instances' && question === undefined) question = rowsAt(cursor, specs);
    else if (key === 'inputs' && question === undefined) question = columnsAt(cursor, specs);
    else if (key !== 'signature_name' || !isKnown(cursor.string())) throw notPlain;
  }
  cursor.end();
  if (question === undefined) throw notPlain;
  return question;
}

function isKnown(name: string): boolean {
  return name === '' || name === signatureName;
}

function rowsAt(cursor: JsonCursor, specs: readonly TensorSpec[]): Question {
  const shape = listShape(cursor);
  const inputs = [tensorAt(cursor, onlyOne(specs), shape)];
  return { form: 'row', inputs, outputs: [], rows: shape[0] ?? 1 };
}

function columnsAt(cursor: JsonCursor, specs: readonly TensorSpec[]): Question {
  const inputs =
    cursor.peek() === openList
      ? [tensorAt(cursor, onlyOne(specs), listShape(cursor))]
      : namedAt(cursor, specs);
  return { form: 'column', inputs, outputs: [], rows: inputs[0]?.shape[0] ?? 1 };
}

function onlyOne(specs: readonly TensorSpec[]): TensorSpec {
  const [only] = specs;
  if (only === undefined || specs.length > 1) throw notPlain;
  return only;
}

function namedAt(cursor: JsonCursor, specs: readonly TensorSpec[]): Tensor[] {
  const inputs: Tensor[] = [];
  for (let more = cursor.enterObject(); more; more = cursor.moreMembers()) {
    const name = cursor.key();
    const spec = specs.find((each) => each.name === name);
    if (spec === undefined || inputs.some((input) => input.name === name)) throw notPlain;
    inputs.push(tensorAt(cursor, spec, listShape(cursor)));
  }
  if (inputs.length < specs.length) throw notPlain;
  return inputs;
}

function tensorAt(cursor: JsonCursor, spec: TensorSpec, given: readonly number[]): Tensor {
  const { name, datatype } = spec;
  const shape = fittedShape(given, spec.shape);
  const count = elementCount(shape);
  if (datatype === null || Number.isNaN(count)) throw notPlain;
  return { name, datatype, shape, data: readTensorData(cursor, datatype, count) };
}
