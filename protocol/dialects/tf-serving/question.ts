import type { Servable } from '../../catalog';
import type { InferResponse } from '../../infer';
import type { Tensor } from '../../tensor';
import type { CallBody } from './call-body';

/** What is done with a call. */
export type Verb = 'predict' | 'classify' | 'regress';

/** A call as its body says it. */
export interface Question {
  /** Rows by instance or example, or whole tensors by name. */
  readonly form: 'row' | 'column';
  /** In the row form each has as many rows as there are instances. */
  readonly inputs: readonly Tensor[];
  /** Pictures that are to become the only input, one for each row; absent where there are none. */
  readonly pictures?: readonly Uint8Array[];
  /** Names of the wanted outputs; empty means all. */
  readonly outputs: readonly string[];
  readonly rows: number;
}

/** What one verb makes of a body, and of the model's answer. */
export interface Operation {
  /** Throws malformed_body, invalid_request. */
  read(body: CallBody, servable: Servable): Question;
  /**
   * The answer as JSON text, of one response or of one for each row. Throws
   * unrepresentable_output.
   */
  write(responses: readonly InferResponse[], question: Question, servable: Servable): string;
}
