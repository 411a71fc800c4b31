import type { ExchangeNotes } from '../exchange';
import type { InferResponse } from '../infer';

/** Notes who has answered. Before the answer is written: what cannot be counts for its version. */
export function noteAnswer(
  notes: ExchangeNotes,
  { version, host, batchRows, defaultFor }: InferResponse,
): void {
  notes.version = version;
  notes.host = host;
  notes.batchRows = batchRows;
  notes.answered = defaultFor === undefined;
}
