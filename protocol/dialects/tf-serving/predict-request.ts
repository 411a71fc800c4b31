import {
  isJsonArray,
  isJsonObject,
  shown,
  type JsonObject,
  type JsonValue,
} from '../../exact-json/json-value';
import type { Servable } from '../../catalog';
import type { TensorSpec } from '../../signature';
import type { Tensor } from '../../tensor';
import { checkSignatureName, objectOf, wrong, type CallBody } from './call-body';
import { picturesIn } from './pictures';
import { readPlainPredict } from './plain-predict';
import type { Question } from './question';
import { isEncoded, tensorOfValue } from './tensor-of-value';

/**
 * Reads `{"instances": [...]}` (row form) or `{"inputs": ...}` (column form). Other members than
 * these and `signature_name` are without meaning. Throws malformed_body, invalid_request.
 */
export function readPredict(body: CallBody, servable: Servable): Question {
  const plain = body instanceof Uint8Array ? readPlainPredict(body, servable) : undefined;
  return plain ?? predictIn(objectOf(body, servable), servable);
}

function predictIn(call: JsonObject, servable: Servable): Question {
  checkSignatureName(call['signature_name'], servable);
  const { instances, inputs } = call;
  if (instances !== undefined && inputs !== undefined) {
    throw wrong('Give either "instances" or "inputs", not both.');
  }
  if (inputs !== undefined) return columns(inputs, servable);
  if (isJsonArray(instances)) return rows(instances, servable);
  throw wrong(
    instances === undefined
      ? 'Expected "instances" to be a list, or "inputs" beside no "instances"; the body has neither.'
      : `Expected "instances" to be a list, got ${shown(instances)}.`,
  );
}

function rows(instances: readonly JsonValue[], servable: Servable): Question {
  if (instances.length === 0) throw wrong('instances: wanted at least one, got none.');
  const pictures = picturesIn(instances, servable);
  if (pictures !== undefined) {
    return { form: 'row', inputs: [], outputs: [], rows: instances.length, pictures };
  }
  const named = isJsonObject(instances[0]) && !isEncoded(instances[0]);
  const inputs = named
    ? namedRows(instances, servable)
    : [tensorOfValue('instances', onlyInput('instances', servable), instances)];
  return { form: 'row', inputs, outputs: [], rows: instances.length };
}

function namedRows(instances: readonly JsonValue[], servable: Servable): Tensor[] {
  const objects = instances.map((instance, at) => namedIn(`instances[${at}]`, instance, servable));
  return servable.signature.inputs.map((spec) => {
    const values = objects.map((object) => object[spec.name] as JsonValue);
    return tensorOfValue(`instances[].${spec.name}`, spec, values);
  });
}

function columns(value: JsonValue, servable: Servable): Question {
  const inputs =
    isJsonObject(value) && !isEncoded(value)
      ? namedColumns(value, servable)
      : [tensorOfValue('inputs', onlyInput('inputs', servable), value)];
  return { form: 'column', inputs, outputs: [], rows: inputs[0]?.shape[0] ?? 1 };
}

function namedColumns(value: JsonObject, servable: Servable): Tensor[] {
  const given = namedIn('inputs', value, servable);
  return servable.signature.inputs.map((spec) =>
    tensorOfValue(`inputs.${spec.name}`, spec, given[spec.name] as JsonValue),
  );
}

/** An object that has exactly the model's inputs. */
function namedIn(field: string, value: JsonValue, { model, signature }: Servable): JsonObject {
  const known = signature.inputs.map(({ name }) => name);
  const wanted = `an object with the inputs of model '${model}', ${known.join(', ')}`;
  if (!isJsonObject(value)) throw wrong(`${field}: wanted ${wanted}, got ${shown(value)}.`);
  const missing = known.find((name) => !Object.hasOwn(value, name));
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (missing === undefined && unknown === undefined) return value;
  const fault = missing === undefined ? `has '${shortened(unknown)}'` : `lacks '${missing}'`;
  throw wrong(`${field}: wanted ${wanted}; it ${fault}.`);
}

function shortened(name = ''): string {
  return name.length > 60 ? `${name.slice(0, 60)}...` : name;
}

function onlyInput(field: string, { model, signature }: Servable): TensorSpec {
  const [only, ...more] = signature.inputs;
  if (only !== undefined && more.length === 0) return only;
  const names = signature.inputs.map(({ name }) => `'${name}'`).join(', ') || 'none';
  throw wrong(
    `${field}: model '${model}' has ${signature.inputs.length} inputs (${names}): wanted objects ` +
      `with a value for each by its name.`,
  );
}
