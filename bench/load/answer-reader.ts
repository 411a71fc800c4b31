/** Reads one answer of HTTP/1.1 after the other from the bytes of a connection. */
export interface AnswerReader {
  /** The status when this piece completes the answer, else undefined. */
  read(piece: Buffer): number | undefined;
}

const endOfHead = '\r\n\r\n';

/** For a server that is known: every answer has a content-length. Throws where one has none. */
export function createAnswerReader(): AnswerReader {
  let sofar: Buffer | undefined;
  return {
    read: (piece) => {
      const bytes = sofar === undefined ? piece : Buffer.concat([sofar, piece]);
      const bodyAt = bytes.indexOf(endOfHead) + endOfHead.length;
      if (bodyAt < endOfHead.length || bytes.length < bodyAt + lengthOf(bytes, bodyAt)) {
        sofar = bytes;
        return undefined;
      }
      sofar = undefined;
      return Number(bytes.toString('latin1', 9, 12));
    },
  };
}

function lengthOf(bytes: Buffer, bodyAt: number): number {
  const found = /\r\ncontent-length: *(\d+)\r\n/i.exec(bytes.toString('latin1', 0, bodyAt));
  if (found === null) throw new Error('an answer without content-length');
  return Number(found[1]);
}
