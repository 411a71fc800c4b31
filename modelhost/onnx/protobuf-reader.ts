import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FileWindow } from './file-window';
import { rejected } from './rejected';

/** A message or text inside the file, by position; `depth` counts the messages around it. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly depth: number;
}

/** What to do with one field of a message. Fields without a handler are skipped by position. */
export type FieldHandler =
  | { readonly wire: 'varint'; readonly read: (value: bigint) => void }
  | {
      readonly wire: 'bytes';
      /** Protobuf merges a singular message that occurs twice; no writer does that: refused. */
      readonly once: boolean;
      readonly read: (span: Span) => void | Promise<void>;
    };

/** Handlers by field number. */
export type MessageHandlers = Readonly<Record<number, FieldHandler>>;

export const int = (read: (value: bigint) => void): FieldHandler => ({ wire: 'varint', read });
export const each = (read: (span: Span) => void | Promise<void>): FieldHandler => ({
  wire: 'bytes',
  once: false,
  read,
});
export const once = (read: (span: Span) => void | Promise<void>): FieldHandler => ({
  wire: 'bytes',
  once: true,
  read,
});

/** How many messages are walked and fields are passed at most. */
export interface ReaderLimits {
  readonly messages: number;
  readonly fields: number;
}

/** As deep as protobuf's own readers go. */
const maxDepth = 100;
/** Bytes of one text, and of all texts that are kept of one file. */
const maxTextBytes = 4 * 1024 * 1024;
const maxKeptBytes = 16 * 1024 * 1024;
const maxWordBytes = 1024;
const maxVarintBytes = 10;
/** More than any model has; they bound the time that one file can take to some ten seconds. */
const ample: ReaderLimits = { messages: 5_000_000, fields: 200_000_000 };
/** Reading gives way to other work after this many fields. */
const fieldsPerTurn = 20_000;

const varint = 0;
const fixed64 = 1;
const lengthDelimited = 2;
const fixed32 = 5;

/**
 * Walks protobuf messages in a file with bounded memory: calls the handlers of the fields it is
 * given and skips the rest. Whatever is not well formed throws model_rejected.
 */
export class ProtobufReader {
  readonly #window: FileWindow;
  readonly #limits: ReaderLimits;
  #keptBytes = 0;
  #fields = 0;
  #messages = 0;
  #at = 0;
  #content = 0;

  constructor(window: FileWindow, limits: ReaderLimits = ample) {
    this.#window = window;
    this.#limits = limits;
  }

  /** The whole file as one message. */
  get root(): Span {
    return { start: 0, end: this.#window.size, depth: 0 };
  }

  async walk(message: Span, handlers: MessageHandlers): Promise<void> {
    if (message.depth > maxDepth) {
      throw rejected(`The model nests messages deeper than ${maxDepth}; no real model does.`);
    }
    if (++this.#messages > this.#limits.messages) throw tooMuch();
    const seen = new Set<number>();
    for (let at = message.start; at < message.end;) {
      const tag = this.#number(at, message.end);
      const field = Math.floor(tag / 8);
      if (field === 0 || tag > 0xffff_ffff) throw malformed(at, 'a field has no valid number');
      const end = this.#fieldEnd(tag % 8, this.#at, message.end);
      const handler = handlers[field];
      if (handler !== undefined) {
        checkField(handler, tag, { at, seen });
        const pending = this.#handle(handler, this.#content, end, message.depth);
        if (pending !== undefined) await pending;
      }
      at = end;
      if (++this.#fields % fieldsPerTurn === 0) await this.#giveWay();
    }
  }

  async #giveWay(): Promise<void> {
    if (this.#fields > this.#limits.fields) throw tooMuch();
    await nextTurn();
  }

  /** A text that is kept in the facts; how much one file can make us keep is bounded. */
  text(span: Span): string {
    this.#keptBytes += span.end - span.start;
    if (span.end - span.start > maxTextBytes || this.#keptBytes > maxKeptBytes) {
      throw rejected(
        `The model's names and texts are too long: at most ${maxTextBytes} bytes for one and ` +
          `${maxKeptBytes} for all of them.`,
      );
    }
    return this.#window.bytes(span.start, span.end).toString('utf8');
  }

  /** A short text that is looked at and let go. */
  word(span: Span): string {
    if (span.end - span.start > maxWordBytes) {
      throw rejected(`The model has an operator name longer than ${maxWordBytes} bytes.`);
    }
    return this.#window.bytes(span.start, span.end).toString('utf8');
  }

  #handle(handler: FieldHandler, start: number, end: number, depth: number): void | Promise<void> {
    if (handler.wire === 'bytes') return handler.read({ start, end, depth: depth + 1 });
    handler.read(this.#int64(start, end));
  }

  /** End of the field whose value starts at `at`; leaves the start of its content in `#content`. */
  #fieldEnd(wire: number, at: number, end: number): number {
    this.#content = at;
    let next = at;
    if (wire === varint) {
      this.#number(at, end);
      next = this.#at;
    } else if (wire === lengthDelimited) {
      const length = this.#number(at, end);
      this.#content = this.#at;
      next = this.#at + length;
    } else if (wire === fixed64) next = at + 8;
    else if (wire === fixed32) next = at + 4;
    else throw malformed(at, 'a field has no valid type');
    if (next > end) throw malformed(at, 'a field is longer than what holds it');
    return next;
  }

  /** The varint at `at`, exact up to 2^53; leaves the position behind it in `#at`. */
  #number(at: number, end: number): number {
    let value = 0;
    for (let index = 0; index < maxVarintBytes; index++) {
      if (at + index >= end) throw malformed(at, 'a number is cut off');
      const byte = this.#window.byte(at + index);
      value += (byte % 128) * 2 ** (7 * index);
      if (byte < 128) {
        this.#at = at + index + 1;
        return value;
      }
    }
    throw malformed(at, 'a number does not end');
  }

  /** The varint in [start, end) as a signed 64-bit integer. */
  #int64(start: number, end: number): bigint {
    let value = 0n;
    for (let at = end - 1; at >= start; at--) {
      value = value * 128n + BigInt(this.#window.byte(at) % 128);
    }
    return BigInt.asIntN(64, value);
  }
}

function checkField(
  handler: FieldHandler,
  tag: number,
  where: { readonly at: number; readonly seen: Set<number> },
): void {
  const field = Math.floor(tag / 8);
  if (tag % 8 !== (handler.wire === 'varint' ? varint : lengthDelimited)) {
    throw malformed(where.at, `field ${field} has another type than in an ONNX model`);
  }
  if (handler.wire === 'varint' || !handler.once) return;
  if (where.seen.has(field)) throw malformed(where.at, `field ${field} occurs twice`);
  where.seen.add(field);
}

function malformed(at: number, what: string): Error {
  return rejected(`The file is not an ONNX model: near byte ${at} ${what}.`);
}

function tooMuch(): Error {
  return rejected('The model has more nodes, attributes and values than any real model.');
}
