import { ShoalError } from '../../../core/errors';
import { readExactJson } from '../../exact-json/exact-reader';
import { isJsonObject, shown, type JsonObject, type JsonValue } from '../../exact-json/json-value';
import { readJson } from '../../exact-json/read-json';
import { readInputs } from './call-inputs';
import { readOutputs } from './call-outputs';
import { readParameters } from './call-parameters';
import type { InferCall } from './infer-call';
import { needsExactReading } from './needs-exact-reading';

/** Reads an infer call's JSON. Throws malformed_body, invalid_request, unsupported_value. */
export function readInferCall(text: string): InferCall {
  const value = objectOf(readJson(text));
  return callOf(needsExactReading(value, text) ? objectOf(readExactJson(text)) : value);
}

function callOf(value: JsonObject): InferCall {
  const { tensors, blobs, parts: inputParts } = readInputs(value['inputs']);
  const { names, binary, classes, parts: outputParts } = readOutputs(value['outputs']);
  const said = readParameters(value['parameters']);
  return {
    id: readId(value['id']),
    parameters: said.others,
    timeoutUs: said.timeoutUs,
    priority: said.priority,
    inputs: tensors,
    blobs,
    inputParts,
    outputs: names,
    outputsBinary: binary,
    classes,
    outputParts,
    binaryDefault: said.binaryDataOutput,
  };
}

function objectOf(value: JsonValue): JsonObject {
  if (isJsonObject(value)) return value;
  throw new ShoalError('invalid_request', `The request must be an object, got ${shown(value)}.`);
}

function readId(id: JsonValue | undefined): string {
  if (id === undefined) return '';
  if (typeof id === 'string') return id;
  throw new ShoalError('invalid_request', `'id' must be a string, got ${shown(id)}`);
}
