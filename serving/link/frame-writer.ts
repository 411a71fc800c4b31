import type { Socket } from 'node:net';

/** Writes frames, each a list of buffers; nothing is copied. */
export type FrameWriter = (frame: readonly Uint8Array[]) => void;

/** All frames written in one turn of the event loop leave in one system call. */
export function createFrameWriter(socket: Socket): FrameWriter {
  let corked = false;
  const uncork = (): void => {
    corked = false;
    socket.uncork();
  };
  return (frame) => {
    if (!corked) {
      corked = true;
      socket.cork();
      process.nextTick(uncork);
    }
    for (const buffer of frame) socket.write(buffer);
  };
}
