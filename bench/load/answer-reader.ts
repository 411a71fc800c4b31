/** What is told of an answer. */
export interface Answer {
  readonly status: number;
  /** It is the model's default answer, in place of an error. */
  readonly isDefault: boolean;
}

/** Reads one answer of HTTP/1.1 after the other from the bytes of a connection. */
export interface AnswerReader {
  /** The answer when this piece completes it, else undefined. */
  read(piece: Buffer): Answer | undefined;
}

const endOfHead = '\r\n\r\n';
const defaultAnswer = /\r\nshoal-default-answer:/i;

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
      const head = bytes.toString('latin1', 0, bodyAt);
      return { status: Number(head.slice(9, 12)), isDefault: defaultAnswer.test(head) };
    },
  };
}

function lengthOf(bytes: Buffer, bodyAt: number): number {
  const found = /\r\ncontent-length: *(\d+)\r\n/i.exec(bytes.toString('latin1', 0, bodyAt));
  if (found === null) throw new Error('an answer without content-length');
  return Number(found[1]);
}
