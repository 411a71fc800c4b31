/**
 * One frame on the wire between whoever sends batches and a runner, little-endian throughout:
 *
 *   0  uint32  length of the whole frame in bytes, a multiple of 8
 *   4  uint8   kind
 *   5  uint8   protocol version of the sender
 *   6  uint16  0
 *   8  uint32  id: an answer carries the id of what it answers
 *   12 uint32  length of the header in bytes
 *   16 header, JSON in UTF-8, then zeros up to a multiple of 8
 *   .. the parts of the payload, each followed by zeros up to a multiple of 8
 *
 * Frames one version apart understand each other: header fields and array elements that a reader
 * does not know it skips, and so it does with frames of unknown kinds.
 */
export const protocolVersion = 1;

/**
 * A ping is answered by a pong of its id, between two runs; a share by a shared. An unshare is not
 * answered. All other ids are those of batches. An unwanted says that nobody waits for a batch any
 * more: it may be answered without being run, and is answered in any case.
 */
export const frameKinds = {
  hello: 1,
  infer: 2,
  reply: 3,
  failed: 4,
  refused: 5,
  ping: 6,
  pong: 7,
  share: 8,
  shared: 9,
  unshare: 10,
  unwanted: 11,
} as const;

export const prefixBytes = 16;

/** Parts from this size on are written as they are; smaller ones are copied together. */
const passOnBytes = 16 * 1024;

const padding = Buffer.alloc(8);

/** Where the next part begins: everything stands on multiples of 8. */
export function aligned(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}

/** What is sent; a part is one run of bytes, given as chunks that follow each other. */
export interface OutgoingFrame {
  readonly kind: number;
  readonly id: number;
  readonly header: string;
  readonly parts: readonly (readonly Uint8Array[])[];
}

/**
 * The frame as buffers to be written in this order. Large chunks are passed on uncopied, so they
 * must not change until they are written.
 */
export function encodeFrame(frame: OutgoingFrame): Uint8Array[] {
  const headerBytes = Buffer.byteLength(frame.header);
  const headEnd = prefixBytes + aligned(headerBytes);
  const head = Buffer.allocUnsafe(headEnd + copiedBytes(frame.parts));
  writePrefix(head, frame, headEnd + payloadBytes(frame.parts));
  head.writeUInt32LE(headerBytes, 12);
  head.write(frame.header, prefixBytes);
  head.fill(0, prefixBytes + headerBytes, headEnd);
  return frame.parts.length === 0 ? [head] : withParts(head, headEnd, frame.parts);
}

function writePrefix(head: Buffer, frame: OutgoingFrame, length: number): void {
  head.writeUInt32LE(length, 0);
  head[4] = frame.kind;
  head[5] = protocolVersion;
  head[6] = 0;
  head[7] = 0;
  head.writeUInt32LE(frame.id, 8);
}

/** Copies the small chunks into `head` behind `end` and puts the large ones between its pieces. */
function withParts(head: Buffer, end: number, parts: OutgoingFrame['parts']): Uint8Array[] {
  const buffers: Uint8Array[] = [];
  let from = 0;
  let at = end;
  const put = (chunk: Uint8Array): void => {
    if (chunk.byteLength < passOnBytes) {
      head.set(chunk, at);
      at += chunk.byteLength;
      return;
    }
    if (at > from) buffers.push(head.subarray(from, at));
    buffers.push(chunk);
    from = at;
  };
  for (const part of parts) {
    for (const chunk of part) put(chunk);
    const bytes = partBytes(part);
    const gap = aligned(bytes) - bytes;
    if (gap > 0) put(padding.subarray(0, gap));
  }
  if (at > from) buffers.push(head.subarray(from, at));
  return buffers;
}

export function partBytes(part: readonly Uint8Array[]): number {
  let bytes = 0;
  for (const chunk of part) bytes += chunk.byteLength;
  return bytes;
}

function payloadBytes(parts: OutgoingFrame['parts']): number {
  let bytes = 0;
  for (const part of parts) bytes += aligned(partBytes(part));
  return bytes;
}

function copiedBytes(parts: OutgoingFrame['parts']): number {
  let bytes = 0;
  for (const part of parts) {
    for (const chunk of part) if (chunk.byteLength < passOnBytes) bytes += chunk.byteLength;
    const whole = partBytes(part);
    bytes += aligned(whole) - whole;
  }
  return bytes;
}
