const slabBytes = 64 * 1024;
/** Larger tensors have memory of their own. */
const largestShared = 8 * 1024;
const alignment = 8;

/** Memory for a tensor's elements, aligned for every datatype. Its bytes may be anything. */
export interface Room {
  readonly buffer: ArrayBuffer;
  readonly offset: number;
}

let slab = new ArrayBuffer(slabBytes);
let used = 0;

/** Many small tensors share one piece of memory, because getting it costs more than filling it. */
export function roomFor(bytes: number): Room {
  if (bytes > largestShared) return { buffer: new ArrayBuffer(bytes), offset: 0 };
  if (used + bytes > slabBytes) {
    slab = new ArrayBuffer(slabBytes);
    used = 0;
  }
  const room = { buffer: slab, offset: used };
  used += Math.ceil(bytes / alignment) * alignment;
  return room;
}
