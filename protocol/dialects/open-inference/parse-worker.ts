/** Entry of the threads of parse-pool: reads the JSON of one infer call after the other. */
import { parentPort } from 'node:worker_threads';
import { asShoalError } from '../../../core/errors';
import type { InferCall } from './infer-call';
import type { ParseAnswer } from './parse-seat';
import { readCall } from './read-call';

parentPort?.on('message', (json: Uint8Array) => {
  const answer = answerTo(json);
  parentPort?.postMessage(answer, dataOf(answer));
});

function answerTo(json: Uint8Array): ParseAnswer {
  try {
    return { call: withOwnMemory(readCall(json)) };
  } catch (error) {
    const { code, message } = asShoalError(error);
    return { code, message, cause: error instanceof Error ? String(error.stack) : String(error) };
  }
}

/** A small tensor's data may lie in memory that it shares with others; sent is all of a memory. */
function withOwnMemory(call: InferCall): InferCall {
  const inputs = call.inputs.map((tensor) => {
    const { data } = tensor;
    return data.byteLength === data.buffer.byteLength
      ? tensor
      : { ...tensor, data: new Uint8Array(data) };
  });
  return { ...call, inputs };
}

/** The tensors' memory, which changes hands instead of being copied. */
function dataOf(answer: ParseAnswer): ArrayBuffer[] {
  if (!('call' in answer)) return [];
  return answer.call.inputs.flatMap(({ data }) =>
    data.buffer instanceof ArrayBuffer && data.byteLength > 0 ? [data.buffer] : [],
  );
}
