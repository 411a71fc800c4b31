import type { InferContext, InferResponse } from '../../protocol/infer';
import { DerivedContext } from '../derived-context';

/**
 * One computation that several callers wait for: it is the first one's request, and goes on as long
 * as any of them is there.
 */
export class Flight extends DerivedContext {
  readonly #waiting: InferContext[];
  /** Set once it is under way. */
  answer: Promise<InferResponse> | undefined;

  constructor(first: InferContext) {
    super(first, first.deadline);
    this.#waiting = [first];
  }

  get gone(): boolean {
    return this.#waiting.every((context) => context.gone);
  }

  join(context: InferContext): void {
    this.#waiting.push(context);
  }
}
