/** One request as somebody has read it. */
export interface ReadRequest {
  readonly method: string;
  readonly target: string;
  /** Names in lower case; several of a name are joined by ', '. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What somebody makes of the bytes of one connection. */
export interface Reading {
  readonly requests: readonly ReadRequest[];
  /** It has said that something is no request, or closed the connection. */
  readonly ended: boolean;
  /** It did so while the caller was there. */
  readonly endedFirst: boolean;
  /** Our reader has given the connection to `node:http`, after so many requests. */
  readonly handedOverAfter: number | undefined;
}

/** What is noted while a connection is read. */
export class Recorded {
  readonly requests: ReadRequest[] = [];
  ended = false;
  endedFirst = false;
  handedOverAfter: number | undefined;
  /** Requests that our reader has begun, and those that are over. */
  begun = 0;
  finished = 0;
  /** The connection was open when all had been answered and the caller had ended its side. */
  stayed = false;
  #answers = 0;

  /** Another one each time, from 1 on. */
  answer(): string {
    return `ok${(this.#answers += 1)}.`;
  }

  reading(): Reading {
    const { requests, ended, endedFirst, handedOverAfter } = this;
    return { requests, ended, endedFirst, handedOverAfter };
  }
}

/** Throws where a request has had no answer, or two, or another's turn, or the connection stays. */
export function expectNothingLeft(record: Recorded, written: string, connections: number): void {
  const { begun, finished, handedOverAfter, stayed } = record;
  if (begun !== finished) throw new Error(`${begun} requests have begun, ${finished} are over`);
  if (connections !== 0) throw new Error('the connection is still counted');
  if (stayed && handedOverAfter === undefined) throw new Error('the connection stays open');
  // Those of HEAD have no body.
  const heads = [...written.matchAll(/HTTP\/1\.1 \d{3} /g)].length;
  if (handedOverAfter === undefined && heads > begun)
    throw new Error(`${begun} requests have begun, ${heads} answers were written`);
  const answers = [...written.matchAll(/ok(\d+)\./g)].map(([, number]) => Number(number));
  const inOrder = answers.every((number, at) => at === 0 || number > answers[at - 1]!);
  if (!inOrder) throw new Error(`answers came as ${String(answers)}`);
}
