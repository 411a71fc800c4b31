import { wireTypes } from './wire-reader';

/** Bytes that gRPC puts in front of each message; the serving side fills them in. */
export const prefixBytes = 5;

/** Bytes of a text, a message or a list at least of which are not copied but sent from where they lie. */
const ownPieceBytes = 16 * 1024;

const leastRoom = 256;

/**
 * A message as it is sent: its pieces one after the other. The first begins with `prefixBytes` that
 * are free.
 */
export type OutgoingMessage = readonly Buffer[];

/** Writes one protobuf message. */
export class WireWriter {
  #room: Buffer;
  #at: number;
  #pieces: Buffer[] | undefined;

  /** `room`: bytes that it will probably take. */
  constructor(room = leastRoom, free = prefixBytes) {
    this.#room = Buffer.allocUnsafe(Math.max(room, leastRoom));
    this.#at = free;
  }

  text(field: number, text: string): void {
    if (text === '') return;
    // No character takes more than three bytes.
    this.#make(text.length * 3 + 10);
    this.#tag(field, wireTypes.bytes);
    if (text.length < 42) {
      const length = this.#room.write(text, this.#at + 1, 'utf8');
      this.#room[this.#at] = length;
      this.#at += length + 1;
      return;
    }
    this.#varint(Buffer.byteLength(text));
    this.#at += this.#room.write(text, this.#at, 'utf8');
  }

  /** A field of bytes. Many of them are sent from where they lie: they must not change any more. */
  bytes(field: number, bytes: Uint8Array): void {
    this.#begin(field, bytes.byteLength);
    this.#append(bytes);
  }

  /** A message that another writer, with nothing free, has written. */
  pieces(field: number, pieces: OutgoingMessage): void {
    this.#begin(field, sizeOf(pieces));
    for (const piece of pieces) this.#append(piece);
  }

  #begin(field: number, length: number): void {
    this.#make(10);
    this.#tag(field, wireTypes.bytes);
    this.#varint(length);
  }

  #append(bytes: Uint8Array): void {
    const length = bytes.byteLength;
    if (length < ownPieceBytes) {
      this.#make(length);
      this.#room.set(bytes, this.#at);
      this.#at += length;
      return;
    }
    this.#pieces ??= [];
    this.#pieces.push(this.#room.subarray(0, this.#at));
    this.#pieces.push(Buffer.from(bytes.buffer, bytes.byteOffset, length));
    this.#room = Buffer.allocUnsafe(leastRoom);
    this.#at = 0;
  }

  /** A list of whole numbers from 0, packed. */
  numbers(field: number, numbers: readonly number[]): void {
    if (numbers.length === 0) return;
    let length = 0;
    for (const number of numbers) length += varintLength(number);
    this.#make(length + 10);
    this.#tag(field, wireTypes.bytes);
    this.#varint(length);
    for (const number of numbers) this.#varint(number);
  }

  /** All that was written, where no large bytes are in it. */
  whole(): Buffer {
    return this.#room.subarray(0, this.#at);
  }

  /** All that was written; the writer is not used any more. */
  finish(): OutgoingMessage {
    const last = this.#room.subarray(0, this.#at);
    if (this.#pieces === undefined) return [last];
    if (this.#at > 0) this.#pieces.push(last);
    return this.#pieces;
  }

  #tag(field: number, wire: number): void {
    this.#varint(field * 8 + wire);
  }

  #varint(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      this.#room[this.#at++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    this.#room[this.#at++] = rest;
  }

  #make(bytes: number): void {
    if (this.#at + bytes <= this.#room.length) return;
    const room = Buffer.allocUnsafe(Math.max(2 * this.#room.length, this.#at + bytes));
    this.#room.copy(room, 0, 0, this.#at);
    this.#room = room;
  }
}

/** Bytes of a message. */
export function sizeOf(message: OutgoingMessage): number {
  let bytes = 0;
  for (const piece of message) bytes += piece.length;
  return bytes;
}

function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) length += 1;
  return length;
}
