import { ShoalError } from '../../../core/errors';
import type { Servable } from '../../catalog';
import { instancesIn, tensorsOfInstances } from '../../content/instances';
import { jsonFor } from '../../content/json-lines';
import { isJsonArray, isJsonObject, shown, type JsonValue } from '../../exact-json/json-value';
import { jsonText } from '../../exact-json/read-json';
import { predictionFrom, type Prediction } from '../fractal/prediction-request';
import type { InferCall } from '../open-inference/infer-call';
import { readInferCall } from '../open-inference/read-infer-call';
import { readPlainCall } from '../open-inference/read-plain-call';

/** A JSON body in the form that it has, which its answer has, too. It can be sent between threads. */
export type InvocationJson =
  | (InferCall & { readonly form: 'open-inference' })
  | (Prediction & { readonly form: 'prediction' | 'predictions' });

/** The keys say which form it has. Throws malformed_body, invalid_request, unsupported_value. */
export function readInvocationJson(body: Uint8Array, servable: Servable): InvocationJson {
  const plain = readPlainCall(body);
  if (plain !== undefined) return { ...plain, form: 'open-inference' };
  const text = jsonText(body);
  const value = jsonFor(servable.signature, text);
  if (isJsonArray(value)) return predictions(value, servable);
  if (!isJsonObject(value)) throw unknownForm(value);
  const { inputs, instances, values } = value;
  if (instances !== undefined) return predictions(instancesIn(instances), servable);
  if (isJsonArray(inputs)) {
    if (inputs.length === 0 || isJsonObject(inputs[0])) {
      return { ...readInferCall(text), form: 'open-inference' };
    }
    return prediction({ values: inputs }, servable);
  }
  if (inputs === undefined && values === undefined) throw unknownForm(value);
  return prediction(value, servable);
}

function prediction(value: JsonValue, servable: Servable): InvocationJson {
  return { ...predictionFrom(value, servable), form: 'prediction' };
}

function predictions(instances: readonly JsonValue[], servable: Servable): InvocationJson {
  const inputs = tensorsOfInstances(instances, servable);
  return { inputs, outputs: [], id: '', form: 'predictions' };
}

function unknownForm(value: JsonValue): ShoalError {
  return new ShoalError(
    'invalid_request',
    'Wanted JSON with inputs (a list: Open Inference Protocol; an object: tensors by name), ' +
      `instances, values, or a list of instances; got ${shown(value)}.`,
  );
}
