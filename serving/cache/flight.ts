import type { InferContext, InferResponse } from '../../protocol/infer';

/**
 * One computation that several callers wait for: it is the first one's request, and goes on as long
 * as any of them is there.
 */
export class Flight implements InferContext {
  readonly requestId: string;
  readonly caller: InferContext['caller'];
  readonly arrivedAt: number;
  readonly deadline: number;
  readonly priority: number;
  readonly trace: string;
  readonly stages: InferContext['stages'];
  readonly #waiting: InferContext[];
  /** Set once it is under way. */
  answer: Promise<InferResponse> | undefined;

  constructor(first: InferContext) {
    this.requestId = first.requestId;
    this.caller = first.caller;
    this.arrivedAt = first.arrivedAt;
    this.deadline = first.deadline;
    this.priority = first.priority;
    this.trace = first.trace;
    this.stages = first.stages;
    this.#waiting = [first];
  }

  get gone(): boolean {
    return this.#waiting.every((context) => context.gone);
  }

  join(context: InferContext): void {
    this.#waiting.push(context);
  }
}
