import { asShoalError, statusOf, type ShoalError } from '../../core/errors';
import type { GrpcCall, Route } from '../../protocol/grpc/call';
import type { ConnectionPorts } from '../../protocol/infer';
import { emptyNotes } from '../http/notes';
import type { Http2Stream } from '../http2/stream';
import { answerHead, errorBlock } from './answer-blocks';
import type { CallHead } from './call-head';
import type { Site } from './site';

/** What calls of all kinds have in common. */
export class ServerCall implements GrpcCall {
  readonly method = 'POST';
  readonly arrivedAt = performance.now();
  readonly notes = emptyNotes();
  readonly requestId: string;
  readonly site: Site;
  readonly stream: Http2Stream;
  readonly head: CallHead;
  readonly #metadata: string[] = [];
  /** Bytes of the allowance for bodies that are its own. */
  #held = 0;
  #finished = false;

  constructor(site: Site, stream: Http2Stream, head: CallHead) {
    this.site = site;
    this.stream = stream;
    this.head = head;
    const given = stream.head.header('x-request-id');
    this.requestId = site.requestId(given);
    if (given === this.requestId) this.#metadata.push('x-request-id', given);
    this.notes.dialect = 'grpc';
    site.started();
  }

  get path(): string {
    return this.head.path;
  }

  get peer(): string {
    return this.stream.remoteAddress;
  }

  get ports(): ConnectionPorts | undefined {
    return this.stream.ports;
  }

  get gone(): boolean {
    return this.stream.gone;
  }

  get timeoutMs(): number {
    return this.head.timeoutMs;
  }

  header(name: string): string | undefined {
    return this.stream.head.header(name);
  }

  answerMetadata(name: string, value: string): void {
    this.#metadata.push(name, value);
  }

  mayUse(route: Route): void {
    const refusal = this.site.authorise(route.method, route.path, this);
    if (refusal !== undefined) throw refusal;
  }

  messageDone(): void {
    this.stream.bodyDone();
  }

  /** The block in front of the answer; `packed` says that the call's packing is used for it. */
  answerHead(packed: boolean): Buffer {
    return answerHead(this.#metadata, packed ? this.head.packing : undefined);
  }

  /** Takes bytes out of the allowance for bodies, until it is over. Throws overloaded. */
  hold(bytes: number): void {
    if (this.#finished) return;
    this.site.allowance.hold(bytes);
    this.#held += bytes;
  }

  /** Nobody waits any more. */
  left(): void {
    if (this.#finished) return;
    this.notes.errorCode = 'client_closed';
    this.finish(499);
  }

  /** Counts and logs it, the first time. */
  finish(status: number): void {
    if (this.#finished) return;
    this.#finished = true;
    if (this.#held > 0) this.site.allowance.release(this.#held);
    this.site.done(this, status);
  }

  /** Ends it with an error. `begun`: an answer has been sent before. */
  fail(thrown: unknown, begun = false): void {
    const error = asShoalError(thrown);
    this.#note(error);
    if (begun) this.stream.end(errorBlock(error, this.requestId, { alone: false }));
    else this.stream.respond(errorBlock(error, this.requestId, { alone: true }), true);
    this.finish(statusOf(error.code, 'http'));
  }

  #note(error: ShoalError): void {
    if (this.#finished) return;
    this.notes.errorCode = error.code;
    if (error.code === 'internal') this.site.faulted(this, error);
  }
}
