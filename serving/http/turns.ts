/**
 * A version of `work`, which must not throw, that does up to so many pieces of it in one turn of the
 * event loop, the rest in the next ones, in order. Whatever else has come in, such as a question for
 * health, gets its turn in between.
 */
export function createTurns<Piece>(
  perTurn: number,
  work: (piece: Piece) => void,
): (piece: Piece) => void {
  const waiting: Piece[] = [];
  let done = 0;
  const next = (): void => {
    done = 0;
    for (const piece of waiting.splice(0, perTurn)) start(piece);
  };
  const start = (piece: Piece): void => {
    if (done === 0) setImmediate(next);
    done += 1;
    work(piece);
  };
  return (piece) => {
    if (done < perTurn && waiting.length === 0) start(piece);
    else waiting.push(piece);
  };
}
