import { ShoalError, statusOf } from '../../core/errors';
import type {
  CallPart,
  GrpcCall,
  GrpcStreamCall,
  Route,
  StreamMethod,
} from '../../protocol/grpc/call';
import type { OutgoingMessage } from '../../protocol/grpc/wire/wire-writer';
import type { ConnectionPorts } from '../../protocol/infer';
import { emptyNotes } from '../http/notes';
import { okTrailers } from './answer-blocks';
import { IncomingMessages } from './incoming-messages';
import { framed, framedPacked, unpacked, type Frame } from './message-frames';
import { ServerCall } from './server-call';
import type { CountedCall } from './site';

/** A call with many requests or answers. */
export class StreamCall extends ServerCall implements GrpcStreamCall {
  #begun = false;
  #packs = false;
  #toldToStop = false;
  #fault: ShoalError | undefined;
  /** Bytes of the message that was handed out last, until a part takes them over. */
  #handedOut = 0;
  /** Runs while a message has come in part. */
  #rest: NodeJS.Timeout | undefined;
  #late: ShoalError | undefined;
  /** Ends the wait that it is in. */
  #wake: () => void = () => undefined;

  /** True once nobody waits for an answer: its caller is gone, or told what ends it. */
  get over(): boolean {
    return this.gone || this.#fault !== undefined;
  }

  /** Waits end: the server stops, or nobody waits for an answer any more. */
  wake(): void {
    this.#wake();
  }

  endWith(error: ShoalError): void {
    this.#fault ??= error;
    this.#wake();
  }

  async *messages(): AsyncGenerator<Buffer, void, undefined> {
    const parts = this.stream.bodyParts()[Symbol.asyncIterator]();
    const incoming = new IncomingMessages(this.site);
    try {
      for (;;) {
        if (incoming.begun) this.#rest ??= this.#timeRest();
        const part = await this.#orWoken(parts.next(), incoming);
        if (part.done === true) {
          incoming.end();
          return;
        }
        for (const frame of incoming.add(part.value)) {
          this.#restCame();
          this.#packs = frame.packed && this.head.packsAnswer;
          yield await this.#message(frame);
          this.#letGo();
          this.#throwFault();
        }
      }
    } finally {
      this.#restCame();
      this.#letGo();
      incoming.drop();
    }
  }

  async send(message: OutgoingMessage): Promise<void> {
    const { packing } = this.head;
    const packs = this.#packs && packing !== undefined;
    const pieces = packs ? await framedPacked(message, packing) : framed(message);
    this.#begin();
    for (const piece of pieces) this.stream.write(piece);
    if (this.stream.unsentBytes > 0) await this.stream.drained();
  }

  async pause(ms: number): Promise<void> {
    if (this.#toldToStop) throw stopping();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#toldToStop = this.site.stopping;
  }

  begin(): CallPart {
    this.site.started();
    const call = new PartCall(this);
    const bytes = this.#handedOut;
    this.#handedOut = 0;
    return {
      call,
      refusal: this.site.admit?.(this.head.routePath, this),
      done: (error) => {
        this.site.allowance.release(bytes);
        if (error !== undefined) call.notes.errorCode = error.code;
        if (error?.code === 'internal') this.site.faulted(call, error);
        this.site.done(call, error === undefined ? 200 : statusOf(error.code, 'http'));
      },
    };
  }

  /** Ends the call; an error says why. */
  close(fault: { readonly thrown: unknown } | undefined): void {
    // The last message may have been read before it was told to end with an error.
    const thrown = fault === undefined ? this.#fault : fault.thrown;
    if (thrown !== undefined) {
      this.fail(thrown, this.#begun);
      return;
    }
    this.#begin();
    this.stream.end(okTrailers);
    this.finish(200);
  }

  /** What is in the frame, which holds as many bytes as it has. Throws overloaded. */
  async #message(frame: Frame): Promise<Buffer> {
    this.#handedOut = frame.bytes.length;
    const message = await unpacked(frame, this.head.packing, this.site.maxMessageBytes);
    if (!frame.packed) return message;
    this.#letGo();
    this.site.allowance.hold(message.length);
    this.#handedOut = message.length;
    return message;
  }

  #letGo(): void {
    this.site.allowance.release(this.#handedOut);
    this.#handedOut = 0;
  }

  #timeRest(): NodeJS.Timeout {
    const { messageMs } = this.site;
    return setTimeout(() => {
      const message = `The message did not arrive within ${messageMs} ms.`;
      this.#late = new ShoalError('body_timeout', message);
      this.#wake();
    }, messageMs);
  }

  #restCame(): void {
    clearTimeout(this.#rest);
    this.#rest = undefined;
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.stream.respond(this.answerHead(this.#packs));
  }

  #orWoken<Part>(next: Promise<Part>, incoming: IncomingMessages): Promise<Part> {
    return new Promise((resolve, reject) => {
      this.#wake = () => {
        const fault = this.#fault ?? this.#late;
        if (fault !== undefined) reject(fault);
        else if (this.site.stopping && !incoming.begun) reject(stopping());
      };
      next.then(resolve, reject);
      this.#wake();
    });
  }

  #throwFault(): void {
    if (this.#fault !== undefined) throw this.#fault;
  }
}

/** One request of a stream. */
class PartCall implements GrpcCall, CountedCall {
  readonly method = 'POST';
  readonly arrivedAt = performance.now();
  readonly notes = emptyNotes();
  readonly timeoutMs: number;
  readonly #call: StreamCall;

  constructor(call: StreamCall) {
    this.#call = call;
    this.timeoutMs = call.arrivedAt + call.timeoutMs - this.arrivedAt;
    this.notes.dialect = 'grpc';
  }

  get requestId(): string {
    return this.#call.requestId;
  }

  get path(): string {
    return this.#call.path;
  }

  get peer(): string {
    return this.#call.peer;
  }

  get ports(): ConnectionPorts | undefined {
    return this.#call.ports;
  }

  get gone(): boolean {
    return this.#call.over;
  }

  header(name: string): string | undefined {
    return this.#call.header(name);
  }

  answerMetadata(): void {
    // Has been sent, or stands for all of the stream.
  }

  mayUse(route: Route): void {
    this.#call.mayUse(route);
  }

  messageDone(): void {
    // The messages of a stream have memory of their own.
  }
}

export async function serveStream(call: StreamCall, method: StreamMethod): Promise<void> {
  try {
    await method.serve(call);
    call.close(undefined);
  } catch (thrown) {
    call.close({ thrown });
  }
}

function stopping(): ShoalError {
  return new ShoalError('shutting_down', 'The server is stopping; try again elsewhere.');
}
