import type { Catalog } from '../../catalog';
import type { SharedRegions } from '../../control/shared-memory';
import { CallContext } from '../../dialects/call-context';
import { fromRegions, toRegions } from '../../dialects/open-inference/call-regions';
import type { Infer, InferResponse } from '../../infer';
import { clientParameters } from '../../link/http-parameters';
import type { GrpcCall, UnaryMethod } from '../call';
import { GRPCInferenceService as service } from '../generated/inference_pb';
import { createRequestReader, type InferMessage } from '../infer/known-requests';
import { writeResponse, type ResponseTerms } from '../infer/write-response';
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

/** Longest wait that timers can measure. */
const longestMs = 2 ** 31 - 1;

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
      if (response.defaultFor === undefined) call.messageDone();
      const { batchRows } = response;
      call.answerMetadata('shoal-modelhost', response.host);
      call.answerMetadata('shoal-batch-rows', String(batchRows));
      if (response.defaultFor !== undefined) {
        call.answerMetadata('shoal-default-answer', response.defaultFor);
      }
      const encoding = performance.now();
      const answer = writeResponse(termsOf(asked), response);
      if (call.notes.stages !== null) {
        call.notes.stages.encode = (performance.now() - encoding) * 1000;
      }
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
  const { notes, arrivedAt } = call;
  notes.model = model;
  notes.version = version;
  const deadline = arrivedAt + waitMs(call.timeoutMs, asked.timeoutUs);
  const context = new CallContext(call, { arrivedAt, deadline, priority: asked.priority });
  notes.stages = context.stages;
  notes.rows = inputs[0]?.shape[0] ?? 1;
  context.stages.decode = (performance.now() - decoding) * 1000;
  const { id, outputs, classes } = asked;
  const parameters = clientParameters(asked.parameters);
  const read = { model, version, id, inputs, outputs, classes, parameters };
  const request = fromRegions(regions, asked, read, call);
  return infer(request, context).then((response) => {
    toRegions(regions, asked, response.outputs, call);
    notes.version = response.version;
    notes.host = response.host;
    notes.batchRows = response.batchRows;
    return response;
  });
}

/** What the answer says besides the response. */
export function termsOf({ call, emptyFinalResponse }: InferMessage): ResponseTerms {
  const { id, outputs: names, outputParts } = call;
  return { id, final: emptyFinalResponse, names, parts: outputParts };
}

/** The smaller one of what the call and its parameter `timeout` say; else the model says. */
function waitMs(callMs: number, timeoutUs: number): number {
  const wanted = Math.min(callMs, timeoutUs === 0 ? Infinity : timeoutUs / 1000);
  return wanted === Infinity ? Infinity : Math.min(wanted, longestMs);
}
