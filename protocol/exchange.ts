import type { ShoalError, StatusDialect } from '../core/errors';
import type { ConnectionPorts, Stages } from './infer';
import type { Operation } from './openapi/operation';

/**
 * One HTTP request and its answer, without Node's own objects, so that the reader of HTTP can
 * change under the dialects.
 */
export interface Exchange {
  readonly method: string;
  /** The path as sent, without query and without the base path; percent-encoding untouched. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly requestId: string;
  /** When its head had come: milliseconds on the clock of `performance.now()`. */
  readonly arrivedAt: number;
  /** Address of the other end of the connection. */
  readonly peer: string;
  /** The ports of the connection, the other end's and ours; undefined where they are not known. */
  readonly ports?: ConnectionPorts | undefined;
  /** True once the caller has closed the connection before it has been answered. */
  readonly gone: boolean;
  /** Aborted at that moment. Costs more than the rest of an exchange: for handlers that hold one. */
  readonly signal: AbortSignal;
  /** One header, lower-case name; several of a name are joined by ', '. */
  header(name: string): string | undefined;
  /**
   * The whole body, unpacked where Content-Encoding is gzip or deflate, within the size limit:
   * the server's, or `maxBytes` where the first call says so. Throws too_large, unsupported_encoding, malformed_body, body_timeout, client_closed.
   */
  body(maxBytes?: number): Promise<Buffer>;
  /**
   * Nobody reads the body's bytes any more, a socket that they wait in included, so that their
   * memory may be used again; to be left out where somebody still might.
   */
  bodyDone(): void;
  /** Answers once. A list of buffers is sent in order as one body. */
  reply(status: number, headers: Readonly<Record<string, string>>, body: ReplyBody): void;
  /** Answers with the error body of `core/envelope`. */
  fail(error: ShoalError, dialect: StatusDialect): void;
  /** What the access log and the metrics shall know of this request. */
  readonly notes: ExchangeNotes;
}

export type ReplyBody = string | Buffer | readonly Buffer[];

/**
 * What is not known yet is '' or null. Not 0: where V8 has taken a field for a small integer and a
 * double comes, it never again optimises what makes the object, here each exchange.
 */
export interface ExchangeNotes {
  dialect: string;
  model: string;
  version: string;
  host: string;
  rows: number | null;
  batchRows: number | null;
  /** True once the model has answered; a default answer is none of its own. */
  answered: boolean;
  /** Code of the error that was answered; '' for none. */
  errorCode: string;
  stages: Stages | null;
}

/** Answers one exchange; whatever it throws is answered as an error in its dialect. */
export type Handler = (exchange: Exchange) => Promise<void> | void;

/** The routes of one dialect: the handler for a path and method, or nothing if it is not its own. */
export interface Dialect {
  readonly name: string;
  readonly status: StatusDialect;
  /** All that it answers, each with its path below the server's own. */
  readonly operations: readonly Operation[];
  /** Throws method_not_allowed where the path is its own and the method is not. */
  match(method: string, path: string): Handler | undefined;
}
