/** Entry of the threads of parse-pool: reads the JSON of one infer call after the other. */
import { parentPort } from 'node:worker_threads';
import { asShoalError } from '../../../core/errors';
import { jsonText } from '../../exact-json/read-json';
import type { ParseAnswer } from './parse-seat';
import { readInferCall } from './read-infer-call';

parentPort?.on('message', (json: Uint8Array) => {
  const answer = answerTo(json);
  parentPort?.postMessage(answer, dataOf(answer));
});

function answerTo(json: Uint8Array): ParseAnswer {
  try {
    return { call: readInferCall(jsonText(json)) };
  } catch (error) {
    const { code, message } = asShoalError(error);
    return { code, message, cause: error instanceof Error ? String(error.stack) : String(error) };
  }
}

/** The tensors' memory, which changes hands instead of being copied. */
function dataOf(answer: ParseAnswer): ArrayBuffer[] {
  if (!('call' in answer)) return [];
  return answer.call.inputs.flatMap(({ data }) =>
    data.buffer instanceof ArrayBuffer && data.byteLength > 0 ? [data.buffer] : [],
  );
}
