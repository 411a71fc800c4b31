import type { InferContext } from '../protocol/infer';

/**
 * The context of a request for what is done on its behalf: with a deadline of its own, and its own
 * word on whether somebody still waits. Field by field: spreading costs many times as much.
 */
export abstract class DerivedContext implements InferContext {
  readonly requestId: string;
  readonly caller: InferContext['caller'];
  readonly arrivedAt: number;
  readonly deadline: number;
  readonly priority: number;
  readonly trace: string;
  readonly stages: InferContext['stages'];

  constructor(of: InferContext, deadline: number) {
    this.requestId = of.requestId;
    this.caller = of.caller;
    this.arrivedAt = of.arrivedAt;
    this.deadline = deadline;
    this.priority = of.priority;
    this.trace = of.trace;
    this.stages = of.stages;
  }

  abstract get gone(): boolean;
}
