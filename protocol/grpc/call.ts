import type { ShoalError } from '../../core/errors';
import type { ExchangeNotes } from '../exchange';
import type { Caller } from '../infer';
import type { OutgoingMessage } from './wire/wire-writer';

/** The HTTP route that a method is the counterpart of: who may call that may call this. */
export interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: string;
}

/** One gRPC call, or one request of a stream, as its method sees it. */
export interface GrpcCall extends Caller {
  readonly requestId: string;
  /** When it came: milliseconds on the clock of `performance.now()`. */
  readonly arrivedAt: number;
  /** How long its caller waits from then on, by `grpc-timeout` and `shoal-timeout-ms`; else Infinity. */
  readonly timeoutMs: number;
  /** True once nobody waits for the answer. */
  readonly gone: boolean;
  /** What the access log and the metrics shall know of it. */
  readonly notes: ExchangeNotes;
  /** Metadata in front of the answer; to be said before that. */
  answerMetadata(name: string, value: string): void;
  /** Throws unauthorized or forbidden where the caller may not use that route. */
  mayUse(route: Route): void;
  /** Nobody refers to the bytes of the request any more. */
  messageDone(): void;
}

/** One request of a stream. */
export interface CallPart {
  readonly call: GrpcCall;
  /** Why it is not to be answered, where that is so. */
  readonly refusal: ShoalError | undefined;
  /** It is over; an error says how. */
  done(error: ShoalError | undefined): void;
}

/** A call whose requests or answers are many. */
export interface GrpcStreamCall extends GrpcCall {
  /** Resolves after so many milliseconds, or when nobody waits any more; throws shutting_down. */
  pause(ms: number): Promise<void>;
  /**
   * Its requests, in order; ends when the caller has sent the last one. Throws shutting_down where
   * the server stops and none has come.
   */
  messages(): AsyncIterable<Buffer>;
  /** Sends an answer; resolves when another one may be made. */
  send(message: OutgoingMessage): Promise<void>;
  /** One of its requests, to be counted and logged as a call of its own. */
  begin(): CallPart;
  /** Has `messages` throw this, as soon as nothing is read any more. */
  endWith(error: ShoalError): void;
}

interface AnyMethod {
  /** `/package.Service/Method` */
  readonly path: string;
  readonly route: Route;
}

/** One request, one answer. What it throws is answered as an error. */
export interface UnaryMethod extends AnyMethod {
  answer(message: Buffer, call: GrpcCall): OutgoingMessage | Promise<OutgoingMessage>;
}

/** Resolves when the last answer has been sent. What it throws ends the call with an error. */
export interface StreamMethod extends AnyMethod {
  serve(call: GrpcStreamCall): Promise<void>;
}

export type GrpcMethod = UnaryMethod | StreamMethod;
