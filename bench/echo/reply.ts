/** What echo answers on a path, whatever is asked. */
export interface EchoReply {
  readonly path: string;
  /** Whether request and answer are JSON; else both are bytes. */
  readonly json: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface EchoQuestion {
  readonly serve: readonly EchoReply[];
}

export interface EchoAnswer {
  readonly port: number;
}
