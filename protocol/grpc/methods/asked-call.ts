import { longestMs } from '../../../core/in-time';
import { CallContext } from '../../dialects/call-context';
import type { InferResponse } from '../../infer';
import type { Tensor } from '../../tensor';
import type { GrpcCall } from '../call';

/** An inference as its message asks for it. */
export interface AskedInference {
  readonly model: string;
  readonly version: string;
  readonly inputs: readonly Tensor[];
  /** By a parameter of the message, in microseconds; 0 for none. */
  readonly timeoutUs: number;
  readonly priority: number;
}

/** Notes what is asked for; gives what accompanies it. `decoding`: when its reading began. */
export function contextOf(call: GrpcCall, asked: AskedInference, decoding: number): CallContext {
  const { notes, arrivedAt } = call;
  notes.model = asked.model;
  notes.version = asked.version;
  notes.rows = asked.inputs[0]?.shape[0] ?? 1;
  const deadline = arrivedAt + waitMs(call.timeoutMs, asked.timeoutUs);
  const context = new CallContext(call, { arrivedAt, deadline, priority: asked.priority });
  notes.stages = context.stages;
  context.stages.decode = (performance.now() - decoding) * 1000;
  return context;
}

/** The smaller one of what the call and its parameter `timeout` say; else the model says. */
function waitMs(callMs: number, timeoutUs: number): number {
  const wanted = Math.min(callMs, timeoutUs === 0 ? Infinity : timeoutUs / 1000);
  return wanted === Infinity ? Infinity : Math.min(wanted, longestMs);
}

/** Tells the caller in metadata what the message has no place for. */
export function tellAnswer(call: GrpcCall, response: InferResponse): void {
  const { host, batchRows, defaultFor, fromCache } = response;
  // A default answer comes while the request may still be under way.
  if (defaultFor === undefined) call.messageDone();
  call.answerMetadata('shoal-modelhost', host);
  call.answerMetadata('shoal-batch-rows', String(batchRows));
  if (fromCache === true) call.answerMetadata('shoal-cache', 'hit');
  if (defaultFor !== undefined) call.answerMetadata('shoal-default-answer', defaultFor);
}

/** Notes how long writing the answer has taken. */
export function noteEncoding({ notes }: GrpcCall, since: number): void {
  if (notes.stages !== null) notes.stages.encode = (performance.now() - since) * 1000;
}
