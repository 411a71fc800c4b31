import {
  isJsonArray,
  isJsonObject,
  shown,
  type JsonObject,
  type JsonValue,
} from '../../exact-json/json-value';
import type { Servable } from '../../catalog';
import type { TensorSpec } from '../../signature';
import { checkSignatureName, objectOf, wrong, type CallBody } from './call-body';
import type { Question } from './question';
import { tensorOfValue } from './tensor-of-value';

/**
 * Reads `{"context": {...}, "examples": [{...}, ...]}`: an example has a value, or a list of values,
 * for each of the model's inputs by its name, the context what is the same in all. What the model
 * does not ask for is passed over. Throws malformed_body, invalid_request.
 */
export function readExamples(body: CallBody, servable: Servable, output: string): Question {
  const call = objectOf(body, servable);
  checkSignatureName(call['signature_name'], servable);
  const context = contextIn(call['context']);
  const examples = examplesIn(call['examples']);
  const inputs = servable.signature.inputs.map((spec) => {
    checkFits(spec, servable.model);
    const values = examples.map((example, at) => featureOf(spec, example, context, at));
    return tensorOfValue(`examples[].${spec.name}`, spec, values);
  });
  return { form: 'row', inputs, outputs: [output], rows: examples.length };
}

function contextIn(value: JsonValue | undefined): JsonObject {
  if (value === undefined) return {};
  if (isJsonObject(value)) return value;
  throw wrong(`context: wanted an object with values by their names, got ${shown(value)}.`);
}

function examplesIn(value: JsonValue | undefined): readonly JsonObject[] {
  if (!isJsonArray(value)) {
    throw wrong(`Expected "examples" to be a list, got ${shown(value)}.`);
  }
  if (value.length === 0) throw wrong('examples: wanted at least one, got none.');
  return value.map((example, at) => {
    if (isJsonObject(example)) return example;
    throw wrong(`examples[${at}]: wanted an object with values by name, got ${shown(example)}.`);
  });
}

/** Features are single values or flat lists: inputs of other forms cannot be given by them. */
function checkFits({ name, shape, valueType }: TensorSpec, model: string): void {
  if (shape === null || shape.length === 1 || shape.length === 2) return;
  const dims = shape.map((dim) => (typeof dim === 'number' ? dim : '?')).join(', ');
  throw wrong(
    `Model '${model}' cannot be asked by examples: input '${name}' is ${valueType} [${dims}], wanted ` +
      'a value or a flat list of values in each; use :predict.',
  );
}

function featureOf(
  { name, shape }: TensorSpec,
  example: JsonObject,
  context: JsonObject,
  at: number,
): JsonValue {
  const from = Object.hasOwn(example, name) ? example : context;
  const value = Object.hasOwn(from, name) ? from[name] : undefined;
  if (value === undefined) {
    throw wrong(`examples[${at}]: '${name}' is missing, and the context does not have it either.`);
  }
  if (!isJsonArray(value)) return shape?.length === 1 ? value : [value];
  return shape?.length === 1 && value.length === 1 ? (value[0] as JsonValue) : value;
}
