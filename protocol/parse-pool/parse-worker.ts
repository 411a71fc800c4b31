/** Entry of the threads of parse-pool: reads the JSON of one call after the other. */
import { parentPort } from 'node:worker_threads';
import { asShoalError } from '../../core/errors';
import type { Servable } from '../catalog';
import { predictionFromJson } from '../dialects/fractal/prediction-request';
import { readCall } from '../dialects/open-inference/read-call';
import { readInvocationJson } from '../dialects/sagemaker/invocation-json';
import { questionIn } from '../dialects/tf-serving/verbs';
import type { LargeForm, LargeForms } from './large-json';
import type { ParseAnswer, ParseQuestion } from './parse-seat';

type Readers = {
  readonly [Form in LargeForm]: (json: Uint8Array, servable: Servable) => LargeForms[Form];
};

const readers: Readers = {
  'open-inference': readCall,
  prediction: predictionFromJson,
  invocation: readInvocationJson,
  predict: (json, servable) => questionIn('predict', 'none', json, servable),
  classify: (json, servable) => questionIn('classify', 'none', json, servable),
  regress: (json, servable) => questionIn('regress', 'none', json, servable),
  'predict event': (json, servable) => questionIn('predict', 'structured', json, servable),
  'classify event': (json, servable) => questionIn('classify', 'structured', json, servable),
  'regress event': (json, servable) => questionIn('regress', 'structured', json, servable),
};

parentPort?.on('message', (question: ParseQuestion) => {
  const answer = answerTo(question);
  parentPort?.postMessage(answer, dataOf(answer));
});

function answerTo({ form, json, servable }: ParseQuestion): ParseAnswer {
  try {
    // Forms that need a model come with one.
    return { read: withOwnMemory(readers[form](json, servable as Servable)) };
  } catch (error) {
    const { code, message } = asShoalError(error);
    return { code, message, cause: error instanceof Error ? String(error.stack) : String(error) };
  }
}

/** A small tensor's data may lie in memory that it shares with others; sent is all of a memory. */
function withOwnMemory(read: LargeForms[LargeForm]): LargeForms[LargeForm] {
  const inputs = read.inputs.map((tensor) => {
    const { data } = tensor;
    return data.byteLength === data.buffer.byteLength
      ? tensor
      : { ...tensor, data: new Uint8Array(data) };
  });
  return { ...read, inputs };
}

/** The tensors' memory, which changes hands instead of being copied. */
function dataOf(answer: ParseAnswer): ArrayBuffer[] {
  if (!('read' in answer)) return [];
  return answer.read.inputs.flatMap(({ data }) =>
    data.buffer instanceof ArrayBuffer && data.byteLength > 0 ? [data.buffer] : [],
  );
}
