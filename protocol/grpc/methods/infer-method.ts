import type { Catalog } from '../../catalog';
import type { SharedRegions } from '../../control/shared-memory';
import { noteAnswer } from '../../dialects/note-answer';
import { fromRegions, toRegions } from '../../dialects/open-inference/call-regions';
import type { Infer, InferRequest, InferResponse } from '../../infer';
import { clientParameters } from '../../link/http-parameters';
import type { GrpcCall, UnaryMethod } from '../call';
import { GRPCInferenceService as service } from '../generated/inference_pb';
import { createRequestReader, type InferMessage } from '../infer/known-requests';
import { writeResponse, type ResponseTerms } from '../infer/write-response';
import { contextOf, noteEncoding, tellAnswer } from './asked-call';
import { pathOf } from './typed-method';

export interface InferParts {
  readonly infer: Infer;
  readonly catalog: Catalog;
  readonly regions: SharedRegions;
}

/** A request that has been answered. */
export interface Answered {
  readonly asked: InferMessage;
  readonly response: InferResponse;
}

export const inferRoute = { method: 'POST', path: '/v2/models/m/infer' } as const;

export function inferMethod(parts: InferParts): UnaryMethod {
  const read = createRequestReader(parts.catalog);
  return {
    path: pathOf(service, service.method.modelInfer.name),
    route: inferRoute,
    async answer(message, call) {
      const decoding = performance.now();
      const asked = read(message);
      const response = await inferred(parts, asked, { call, decoding });
      tellAnswer(call, response);
      const encoding = performance.now();
      const answer = writeResponse(termsOf(asked), response);
      noteEncoding(call, encoding);
      return answer;
    },
  };
}

/** Has a request answered and notes what is to be known of it. `decoding`: when its reading began. */
export function inferred(
  { infer, regions }: InferParts,
  { model, version, call: asked, inputs }: InferMessage,
  { call, decoding }: { readonly call: GrpcCall; readonly decoding: number },
): Promise<InferResponse> {
  const { timeoutUs, priority } = asked;
  const context = contextOf(call, { model, version, inputs, timeoutUs, priority }, decoding);
  const { id, outputs, classes } = asked;
  const parameters = clientParameters(asked.parameters);
  const read = { model, version, id, inputs, outputs, classes, parameters };
  const answered = (request: InferRequest): Promise<InferResponse> =>
    infer(request, context).then((response) => {
      noteAnswer(call.notes, response);
      toRegions(regions, asked, response.outputs, call);
      return response;
    });
  const request = fromRegions(regions, asked, read, call);
  return request instanceof Promise ? request.then(answered) : answered(request);
}

/** What the answer says besides the response. */
export function termsOf({ call, emptyFinalResponse }: InferMessage): ResponseTerms {
  const { id, outputs: names, outputParts } = call;
  return { id, final: emptyFinalResponse, names, parts: outputParts };
}
