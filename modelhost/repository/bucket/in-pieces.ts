import { Readable } from 'node:stream';

const pieceBytes = 64 * 1024;

type Step = <Given extends { readonly request: unknown }, Result>(
  next: (given: Given) => Promise<Result>,
) => (given: Given) => Promise<Result>;

/** What of a command of the SDK can be changed before it is sent. */
interface Sendable {
  readonly middlewareStack: {
    add(
      step: Step,
      options: { readonly step: 'deserialize'; readonly priority: 'low'; readonly name: string },
    ): void;
  };
}

/**
 * Has a command send its body piece by piece and call for each that goes on its way. It is signed as a
 * whole before that.
 */
export function inPieces<Command extends Sendable>(command: Command, onPiece: () => void): Command {
  const step: Step = (next) => (given) => {
    const request = given.request as { body?: unknown };
    if (request.body instanceof Uint8Array) request.body = piecesOf(request.body, onPiece);
    return next(given);
  };
  // The last step, behind the signature.
  command.middlewareStack.add(step, { step: 'deserialize', priority: 'low', name: 'inPieces' });
  return command;
}

function piecesOf(body: Uint8Array, onPiece: () => void): Readable {
  function* pieces(): Generator<Uint8Array> {
    for (let from = 0; from < body.length; from += pieceBytes) {
      onPiece();
      yield body.subarray(from, from + pieceBytes);
    }
  }
  return Readable.from(pieces(), { objectMode: false, highWaterMark: pieceBytes });
}
