/** Does the work, which must not throw, now or in a later turn of the event loop. */
export type InTurns = (work: () => void) => void;

/**
 * Up to so many pieces of work are done in one turn of the event loop, the rest in the next ones, in
 * order. Whatever else has come in, such as a question for health, gets its turn in between.
 */
export function createTurns(perTurn: number): InTurns {
  const waiting: (() => void)[] = [];
  let done = 0;
  const next = (): void => {
    done = 0;
    for (const work of waiting.splice(0, perTurn)) start(work);
  };
  const start = (work: () => void): void => {
    if (done === 0) setImmediate(next);
    done += 1;
    work();
  };
  return (work) => {
    if (done < perTurn && waiting.length === 0) start(work);
    else waiting.push(work);
  };
}
