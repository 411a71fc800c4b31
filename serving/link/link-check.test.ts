import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { frameKinds } from '../../protocol/link/frame';
import { createFrameReader } from '../../protocol/link/frame-reader';
import { encodeHello, encodePong, encodeReply } from '../../protocol/link/frames';
import { batch } from '../../tests/support/batches';
import { eventually } from '../../tests/support/processes';
import { createFramesLink, type FramesLink } from './frames-link';

let directory: string;
let server: Server;
let link: FramesLink;
let pings: number[];
let held: number[];
let peer: Socket | undefined;

/** A runner that says hello and then holds everything back until the test lets it go. */
beforeEach(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'shoal-test-'));
  [pings, held] = [[], []];
  server = createServer((socket) => {
    peer = socket;
    const reader = createFrameReader(1e6, ({ kind, id }) => {
      const hello = { host: 'h', runner: 'r', secret: '', shared: '' };
      if (kind === frameKinds.hello) socket.write(Buffer.concat(encodeHello(hello)));
      else if (kind === frameKinds.ping) pings.push(id);
      else held.push(id);
    });
    socket.on('data', (chunk) => {
      reader.read(chunk);
    });
    socket.on('error', () => undefined);
  });
  server.listen(`${directory}/socket`);
  await once(server, 'listening');
  link = createFramesLink({ address: `unix:${directory}/socket`, secret: '' });
});

afterEach(async () => {
  link.close();
  peer?.destroy();
  server.close();
  await once(server, 'close');
  rmSync(directory, { recursive: true });
});

function sent() {
  return link.send(batch({}), performance.now() + 20_000);
}

async function pinged(): Promise<void> {
  link.check(1000, undefined);
  await eventually('a ping', () => pings[0]);
}

function answer(): void {
  const reply = encodeReply(held[0]!, { queueUs: 1, runUs: 2, outputs: [] });
  peer?.write(Buffer.concat(reply));
}

test('a runner that is heard of elsewhere after the ping, but not here: lost', async () => {
  const attempt = sent();
  await eventually('the batch is there', () => held[0]);
  await pinged();
  link.check(3000, 1400);
  expect(link.connected).toBe(true);
  link.check(3000, 1600);
  expect(await attempt).toMatchObject({ outcome: 'lost' });
});

test('a runner that is heard of nowhere is inside a run: its answer is waited for', async () => {
  const attempt = sent();
  await eventually('the batch is there', () => held[0]);
  await pinged();
  link.check(30_000, undefined);
  link.check(60_000, 900);
  answer();
  expect(await attempt).toMatchObject({ outcome: 'replied' });
});

test('a pong ends the doubt; the next check asks anew', async () => {
  const attempt = sent();
  await eventually('the batch is there', () => held[0]);
  await pinged();
  peer?.write(Buffer.concat(encodePong(pings[0]!)));
  await eventually('another ping', () => {
    link.check(5000, 1000);
    return pings[1];
  });
  expect(link.connected).toBe(true);
  answer();
  expect(await attempt).toMatchObject({ outcome: 'replied' });
});
