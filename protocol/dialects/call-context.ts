import type { Caller, InferContext, Stages } from '../infer';

/** The exchange or gRPC call that asks. */
interface AskingCall extends Caller {
  readonly requestId: string;
  readonly gone: boolean;
}

/** What a call asks for beside the inference. */
interface CallTerms {
  readonly arrivedAt: number;
  readonly deadline: number;
  readonly priority: number;
}

/**
 * The context of one call. `gone` is asked of the exchange whenever it is read; so this must
 * not be spread into another object.
 */
export class CallContext implements InferContext {
  readonly requestId: string;
  readonly caller: Caller;
  readonly arrivedAt: number;
  readonly deadline: number;
  readonly priority: number;
  readonly trace: string;
  readonly stages: Stages = { decode: 0, queue: 0, transfer: 0, run: 0, encode: 0 };
  readonly #exchange: AskingCall;

  constructor(exchange: AskingCall, { arrivedAt, deadline, priority }: CallTerms) {
    this.#exchange = exchange;
    this.caller = exchange;
    this.requestId = exchange.requestId;
    this.arrivedAt = arrivedAt;
    this.deadline = deadline;
    this.priority = priority;
    this.trace = exchange.header('traceparent') ?? '';
  }

  get gone(): boolean {
    return this.#exchange.gone;
  }
}
