import { asShoalError, type ShoalError } from '../../../core/errors';
import type { CallPart, GrpcStreamCall, StreamMethod } from '../call';
import { GRPCInferenceService as service } from '../generated/inference_pb';
import { createRequestReader, type InferMessage } from '../infer/known-requests';
import { writeStreamError, writeStreamResponse } from '../infer/write-response';
import type { OutgoingMessage } from '../wire/wire-writer';
import { inferred, inferRoute, termsOf, type InferParts } from './infer-method';
import { pathOf } from './typed-method';

/** Requests of one stream that are under way at the same time; more wait until one is answered. */
const mostAtOnce = 64;

/** Timers come so much too early. */
const timerMs = 1;

/** What became of a request of a stream. */
interface Outcome {
  readonly part: CallPart;
  readonly answer: OutgoingMessage;
  readonly error: ShoalError | undefined;
}

/**
 * ModelStreamInfer: requests run side by side and are answered in their order. One that fails is
 * answered with its error; with the metadata `triton_grpc_error: true` it ends the call.
 */
export function streamInferMethod(parts: InferParts): StreamMethod {
  const read = createRequestReader(parts.catalog);
  const outcomeOf = async (message: Buffer, part: CallPart): Promise<Outcome> => {
    let asked: InferMessage | undefined;
    try {
      const decoding = performance.now();
      asked = read(message);
      if (part.refusal !== undefined) throw part.refusal;
      const response = await inferred(parts, asked, { call: part.call, decoding });
      return { part, answer: writeStreamResponse(termsOf(asked), response), error: undefined };
    } catch (thrown) {
      const error = asShoalError(thrown);
      const about = { id: asked?.call.id ?? '', model: asked?.model ?? '' };
      return { part, answer: writeStreamError(error.message, about), error };
    }
  };
  return {
    path: pathOf(service, service.method.modelStreamInfer.name),
    route: inferRoute,
    async serve(call) {
      const answers = new AnswersInOrder(call);
      try {
        for await (const message of call.messages()) {
          await answers.room();
          answers.add(outcomeOf(message, call.begin()));
        }
      } finally {
        await answers.allSent();
      }
    },
  };
}

/** Sends what becomes of requests in the order in which they were added. */
class AnswersInOrder {
  readonly #call: GrpcStreamCall;
  readonly #endsOnError: boolean;
  #ended = false;
  #sent: Promise<void> = Promise.resolve();
  #latest: Promise<void>[] = [];

  constructor(call: GrpcStreamCall) {
    this.#call = call;
    this.#endsOnError = call.header('triton_grpc_error') === 'true';
  }

  add(outcome: Promise<Outcome>): void {
    this.#sent = this.#sent.then(async () => this.#send(await outcome));
    this.#latest.push(this.#sent);
  }

  /** Resolves when another request may begin. */
  async room(): Promise<void> {
    if (this.#latest.length >= mostAtOnce) await this.#latest.shift();
  }

  allSent(): Promise<void> {
    return this.#sent;
  }

  async #send({ part, answer, error }: Outcome): Promise<void> {
    part.done(error);
    if (this.#ended) return;
    if (error === undefined || !this.#isEnd(error)) {
      await this.#call.send(answer);
      return;
    }
    this.#ended = true;
    this.#call.endWith(error);
  }

  /** A request may have a deadline of its own; when the call's is over, so is the call. */
  #isEnd({ code }: ShoalError): boolean {
    const { arrivedAt, timeoutMs } = this.#call;
    const late = performance.now() >= arrivedAt + timeoutMs - timerMs;
    return this.#endsOnError || (code === 'deadline_exceeded' && late);
  }
}
