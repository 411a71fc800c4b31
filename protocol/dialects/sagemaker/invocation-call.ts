import type { Servable } from '../../catalog';
import { contentAnswer, contentTypes } from '../../content/codecs';
import type { ContentBody } from '../../content/content-codec';
import { predictionsJson } from '../../content/instances';
import { isJsonType, mediaType, type MediaType } from '../../content/media-type';
import { readContent } from '../../content/read-content';
import type { ReadPicture } from '../../content/read-picture';
import type { InferResponse } from '../../infer';
import { readOrSend, type Asking } from '../../parse-pool/large-json';
import type { Tensor } from '../../tensor';
import { predictionToJson } from '../fractal/prediction-answer';
import type { Prediction } from '../fractal/prediction-request';
import { inputsWithBlobs, jsonLength, jsonLengthHeader } from '../open-inference/framing';
import type { InferCall } from '../open-inference/infer-call';
import { inferReply } from '../open-inference/infer-reply';
import { readCall } from '../open-inference/read-call';
import type { Parameter } from '../../infer';
import { clientParameters } from '../../link/http-parameters';
import { readInvocationJson, type InvocationJson } from './invocation-json';

/** What was asked, and how its answer is written. */
export interface InvocationCall extends Prediction {
  readonly parameters: ReadonlyMap<string, Parameter>;
  /** Microseconds that the caller waits; 0 where it does not say. */
  readonly timeoutUs: number;
  readonly priority: number;
  /** Types that the answer can have; the first where the caller does not mind. */
  readonly types: readonly string[];
  /** The answer as one of them. Throws unrepresentable_output. */
  readonly write: (response: InferResponse, type: string) => TypedBody;
}

export interface TypedBody extends ContentBody {
  readonly contentType: string;
}

export const jsonType = 'application/json';
/** Triton's own: the Open Inference Protocol with binary tensors, where headers do not survive. */
const binaryType = 'application/vnd.sagemaker-triton.binary+json';

/** All types that answers can have, whatever was asked. */
export const answerTypes: readonly string[] = [jsonType, ...contentTypes];

/**
 * Reads a body by its content type; of JSON, the keys say which form it has, and the answer has the
 * same. Rejects with unsupported_media_type, malformed_body, invalid_request, unsupported_value.
 */
export async function readInvocation(
  header: string,
  body: Buffer,
  servable: Servable,
  asking: Asking & { readonly readPicture: ReadPicture },
): Promise<InvocationCall> {
  const media = mediaType(header);
  if (media.type === binaryType) return await binaryCall(media, body, servable, asking);
  if (isJsonType(media.type)) {
    const here = (): InvocationJson => readInvocationJson(body, servable);
    const read = await readOrSend('invocation', asking, { json: body, servable }, here);
    return jsonCall(read, body, servable);
  }
  const inputs = await readContent(header, body, servable, asking.readPicture);
  return plainCall({ inputs, outputs: [], id: '' }, predictionsOf);
}

/** The call that JSON is. */
function jsonCall(read: InvocationJson, body: Buffer, servable: Servable): InvocationCall {
  if (read.form === 'open-inference') return openCall(read, body, body.length, servable);
  return plainCall(read, read.form === 'prediction' ? predictionOf : predictionsOf);
}

/** The answer as JSON, where that was wanted. */
type WriteJson = (response: InferResponse, id: string) => string;

const predictionsOf: WriteJson = ({ outputs }) => predictionsJson(outputs);
const predictionOf: WriteJson = (response, id) => predictionToJson(response, id);

function plainCall(prediction: Prediction, writeJson: WriteJson): InvocationCall {
  return {
    inputs: prediction.inputs,
    outputs: prediction.outputs,
    id: prediction.id,
    parameters: new Map(),
    timeoutUs: 0,
    priority: 0,
    types: answerTypes,
    write: (response, type) =>
      type === jsonType
        ? { contentType: type, body: writeJson(response, prediction.id) }
        : { contentType: type, ...contentAnswer(type, response.outputs) },
  };
}

async function binaryCall(
  { parameters }: MediaType,
  body: Buffer,
  servable: Servable,
  asking: Asking,
): Promise<InvocationCall> {
  const length = jsonLength(parameters.get('json-header-size'), body.length);
  const json = body.subarray(0, length);
  const call = await readOrSend('open-inference', asking, { json }, () => readCall(json));
  return openCall(call, body, length, servable);
}

/** A call of the Open Inference Protocol whose JSON is the body's first bytes. */
function openCall(
  call: InferCall,
  body: Buffer,
  length: number,
  { model }: Servable,
): InvocationCall {
  const binary = call.binaryDefault || call.outputsBinary.includes(true);
  const inputs: readonly Tensor[] = inputsWithBlobs(call, body, length, model);
  const { id, outputs, timeoutUs, priority } = call;
  return {
    inputs,
    outputs,
    id,
    parameters: clientParameters(call.parameters),
    timeoutUs,
    priority,
    types: binary ? [binaryType, ...answerTypes] : [...answerTypes, binaryType],
    write(response, type) {
      if (type !== jsonType && type !== binaryType) {
        return { contentType: type, ...contentAnswer(type, response.outputs) };
      }
      return openReply(type === binaryType && binary ? call : allAs(call, type), response);
    },
  };
}

function allAs(call: InferCall, type: string): InferCall {
  const binary = type === binaryType;
  return { ...call, binaryDefault: binary, outputsBinary: call.outputs.map(() => binary) };
}

function openReply(call: InferCall, response: InferResponse): TypedBody {
  const { headers, body } = inferReply(call, response);
  const length = headers[jsonLengthHeader];
  return {
    contentType: length === undefined ? jsonType : `${binaryType};json-header-size=${length}`,
    body,
  };
}
