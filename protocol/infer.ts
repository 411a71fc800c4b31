import type { ErrorCode } from '../core/errors';
import type { Servable } from './catalog';
import type { Tensor } from './tensor';

/** A request parameter as the protocols know them; 64-bit integers stay exact. */
export type Parameter = string | number | bigint | boolean;

/** What every dialect translates a call into. */
export interface InferRequest {
  readonly model: string;
  /** A version number, a label, or '' for the model's default. */
  readonly version: string;
  /** The caller's own id, echoed in the answer; '' for none. */
  readonly id: string;
  readonly inputs: readonly Tensor[];
  /** Names of the wanted outputs in the wanted order; empty means all that can be carried. */
  readonly outputs: readonly string[];
  /** Of `outputs`, those wanted as their best classes, and how many of each row, from 1. */
  readonly classes?: ReadonlyMap<string, number> | undefined;
  readonly parameters: ReadonlyMap<string, Parameter>;
}

/** A request whose model and version are known; what every part behind `resolved` sees. */
export interface ResolvedRequest extends InferRequest {
  readonly servable: Servable;
}

/** What every dialect translates back. `outputs` are in the order they were asked for. */
export interface InferResponse {
  readonly model: string;
  readonly version: string;
  readonly outputs: readonly Tensor[];
  /** Id of the modelhost that computed the answer. */
  readonly host: string;
  /** Rows of the batch in which the request travelled. */
  readonly batchRows: number;
  /** Set where this is the model's default answer: the code of the error that it stands for. */
  readonly defaultFor?: ErrorCode;
  /** Set where it was computed for another request that asked the same. */
  readonly fromCache?: true;
}

/** Microseconds that a request spent in each stage; the names are metric label values. */
export interface Stages {
  decode: number;
  queue: number;
  transfer: number;
  run: number;
  encode: number;
}

/** The two ends of a TCP connection; one object for each connection. */
export interface ConnectionPorts {
  readonly peer: number;
  readonly own: number;
  /** A time of `performance` at which it was open already. */
  readonly since: number;
}

/** Who asks, as far as HTTP tells; what that means is worked out where it is needed. */
export interface Caller {
  /** Address of the other end of the connection. */
  readonly peer: string;
  /** The ports of the connection, the other end's and ours; undefined where they are not known. */
  readonly ports?: ConnectionPorts | undefined;
  /** One header, lower-case name. */
  header(name: string): string | undefined;
}

/** What accompanies a request on its way and is not part of the question. */
export interface InferContext {
  /** Id of the HTTP request: taken over from `x-request-id` or made. */
  readonly requestId: string;
  readonly caller: Caller;
  /** When the request came: milliseconds on the clock of `performance.now()`. */
  readonly arrivedAt: number;
  /** When the caller stops waiting, on the same clock; Infinity where it does not say. */
  readonly deadline: number;
  /** True once the caller has gone away; asked now and then of what waits. */
  readonly gone: boolean;
  /** 0 is the default, 1 the most urgent. */
  readonly priority: number;
  /** W3C traceparent, '' for none. */
  readonly trace: string;
  /** A copy for a shadow, whose answer nobody gets: nothing is done for it that others may feel. */
  readonly copy?: true;
  /** Filled in by the parts the request passes through. */
  readonly stages: Stages;
}

/** Everything that happens to a request is a function from Infer to Infer. */
export type Infer<Request extends InferRequest = InferRequest> = (
  request: Request,
  context: InferContext,
) => Promise<InferResponse>;
