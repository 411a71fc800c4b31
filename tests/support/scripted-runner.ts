import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createFrameReader, type IncomingFrame } from '../../protocol/link/frame-reader';

/** A runner's end of the link that does what a test says. */
export interface ScriptedRunner {
  readonly address: string;
  /** To whoever has connected last. */
  write(frame: readonly Uint8Array[]): void;
  stop(): Promise<void>;
}

/** A runner that does nothing but tell of each frame, the hello as well, and of whom to answer. */
export async function startScriptedRunner(
  received: (frame: IncomingFrame, answer: (frame: readonly Uint8Array[]) => void) => void,
): Promise<ScriptedRunner> {
  const directory = mkdtempSync(path.join(tmpdir(), 'shoal-test-'));
  const address = `unix:${directory}/socket`;
  let peer: Socket | undefined;
  const server = createServer((socket) => {
    peer = socket;
    const answer = (frame: readonly Uint8Array[]): boolean => socket.write(Buffer.concat(frame));
    const reader = createFrameReader(1e6, (frame) => {
      received(frame, answer);
    });
    socket.on('data', (chunk) => {
      reader.read(chunk);
    });
    socket.on('error', () => undefined);
  });
  server.listen(`${directory}/socket`);
  await once(server, 'listening');
  return {
    address,
    write(frame) {
      peer?.write(Buffer.concat(frame));
    },
    async stop() {
      peer?.destroy();
      server.close();
      await once(server, 'close');
      rmSync(directory, { recursive: true });
    },
  };
}
