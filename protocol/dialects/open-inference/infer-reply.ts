import type { ReplyBody } from '../../exchange';
import type { InferResponse } from '../../infer';
import type { Tensor } from '../../tensor';
import { valuesToJson } from '../../tensor-json/tensor-to-json';
import { jsonLengthHeader } from './framing';
import type { InferCall } from './infer-call';

export interface InferReply {
  readonly headers: Record<string, string>;
  readonly body: ReplyBody;
}

const jsonForm = { nonFinite: 'words', nested: false } as const;

/**
 * The answer to a call: JSON, or JSON and then the data of the outputs wanted in binary.
 * Throws unrepresentable_output where an output cannot be written as JSON.
 */
export function inferReply(call: InferCall, response: InferResponse): InferReply {
  const { outputs } = response;
  const blobs: Buffer[] = [];
  const id = call.id === '' ? '' : `"id":${JSON.stringify(call.id)},`;
  let json =
    `{${id}"model_name":${quoted(response.model)},` +
    `"model_version":${quoted(response.version)},${parameters(response)}"outputs":[`;
  for (let at = 0; at < outputs.length; at++) {
    const tensor = outputs[at];
    if (tensor === undefined) continue;
    if (at > 0) json += ',';
    json += outputJson(tensor, formOf(call, tensor.name), blobs);
  }
  json += ']}';
  return blobs.length === 0 ? jsonReply(response, json) : mixedReply(response, json, blobs);
}

/** Names in quotes: the same few again and again. */
const quotedNames = new Map<string, string>();
const keptNames = 1000;

function quoted(name: string): string {
  const known = quotedNames.get(name);
  if (known !== undefined) return known;
  if (quotedNames.size >= keptNames) quotedNames.clear();
  const text = JSON.stringify(name);
  quotedNames.set(name, text);
  return text;
}

function parameters({ defaultFor }: InferResponse): string {
  return defaultFor === undefined ? '' : `"parameters":{"shoal_default_answer":"${defaultFor}"},`;
}

type Form = 'json' | 'binary' | 'shared';

function formOf(
  { outputs, outputsBinary, outputParts, binaryDefault }: InferCall,
  name: string,
): Form {
  if (outputs.length === 0) return binaryDefault ? 'binary' : 'json';
  const at = outputs.indexOf(name);
  if (outputParts[at] !== undefined) return 'shared';
  return outputsBinary[at] === true ? 'binary' : 'json';
}

/**
 * One output; the data of a binary one goes to `blobs`. Of one in shared memory nothing more is
 * said, as by Triton: its C++ client takes all `parameters` for those of a binary one.
 */
function outputJson(tensor: Tensor, form: Form, blobs: Buffer[]): string {
  const head =
    `{"name":${quoted(tensor.name)},"datatype":"${tensor.datatype}",` +
    `"shape":[${tensor.shape.join(',')}]`;
  if (form === 'shared') return `${head}}`;
  if (form === 'json') return `${head},"data":${valuesToJson(tensor, jsonForm)}}`;
  const { buffer, byteOffset, byteLength } = tensor.data;
  if (byteLength > 0) blobs.push(Buffer.from(buffer, byteOffset, byteLength));
  return `${head},"parameters":{"binary_data_size":${byteLength}}}`;
}

function jsonReply(response: InferResponse, json: string): InferReply {
  return {
    headers: {
      'content-type': 'application/json',
      'shoal-modelhost': response.host,
      'shoal-batch-rows': String(response.batchRows),
    },
    body: json,
  };
}

function mixedReply(response: InferResponse, json: string, blobs: Buffer[]): InferReply {
  const head = Buffer.from(json);
  return {
    headers: {
      'content-type': 'application/octet-stream',
      [jsonLengthHeader]: String(head.length),
      'shoal-modelhost': response.host,
      'shoal-batch-rows': String(response.batchRows),
    },
    body: [head, ...blobs],
  };
}
