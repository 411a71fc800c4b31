import { jsonText } from '../../exact-json/read-json';
import type { InferCall } from './infer-call';
import { readInferCall } from './read-infer-call';
import { readPlainCall } from './read-plain-call';

/** Reads the JSON of an infer call. Throws malformed_body, invalid_request, unsupported_value. */
export function readCall(json: Uint8Array): InferCall {
  return readPlainCall(json) ?? readInferCall(jsonText(json));
}
