/** What became of mutants. */
export interface Mutations {
  /** Statuses of the answers to mutants, with how often each came. */
  readonly statuses: Map<number | string, number>;
  /** Mutants that got no answer: the server has ended the connection, as it may. */
  unanswered: number;
  /** What went wrong, with the bytes it was sent. */
  readonly failures: string[];
}

export function noMutations(): Mutations {
  return { statuses: new Map(), unanswered: 0, failures: [] };
}
