import { gzipSync } from 'node:zlib';
import type { CallPart, StreamMethod, UnaryMethod } from '../../protocol/grpc/call';
import { prefixBytes } from '../../protocol/grpc/wire/wire-writer';
import { closeGrpcServers, startGrpcServer } from '../../tests/support/grpc-server';
import { endStream, frame, requestHead } from '../../tests/support/http2-wire';
import { GrpcConnection, type GrpcAnswer } from '../../tests/support/mutations/grpc-connection';

const route = { method: 'GET', path: '/v2/health/live' } as const;
const env = { BODIES_MAX_BYTES: '150000' };

let connection: GrpcConnection | undefined;

afterEach(() => {
  connection?.close();
  closeGrpcServers();
});

/** A message with its prefix. */
function message(bytes: Buffer, packed: boolean): Buffer {
  const prefix = Buffer.alloc(prefixBytes);
  prefix.writeUInt8(packed ? 1 : 0);
  prefix.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([prefix, bytes]);
}

/** Sends one call whose messages are zeros, packed or not, each when the one before was read. */
async function ask(path: string, sizes: readonly number[], packing?: 'gzip') {
  const open = connection!;
  const id = open.newId();
  const answer = open.answer(id);
  const encoding: [string, string][] = packing === undefined ? [] : [['grpc-encoding', packing]];
  open.send(requestHead(id, path, ['content-type', 'application/grpc'], ...encoding));
  for (const [n, size] of sizes.entries()) {
    const bytes = packing === undefined ? Buffer.alloc(size) : gzipSync(Buffer.alloc(size));
    const framed = message(bytes, packing !== undefined);
    for (let at = 0; at < framed.length; at += 16_000) {
      const last = n + 1 === sizes.length && at + 16_000 >= framed.length;
      open.send(frame('data', id, framed.subarray(at, at + 16_000), last ? endStream : 0));
    }
    await open.read();
  }
  return await answer;
}

const statusOf = (answer: GrpcAnswer | undefined) => answer?.fields.get('grpc-status');
const unavailable = '14';

test('what a message has when it is unpacked counts, and is free again after its call', async () => {
  const unary: UnaryMethod = { path: '/s.S/M', route, answer: () => [Buffer.alloc(prefixBytes)] };
  const { port, allowance } = await startGrpcServer([unary], env);
  connection = new GrpcConnection(port);
  expect(statusOf(await ask(unary.path, [140_000], 'gzip'))).toBe('0');
  expect(statusOf(await ask(unary.path, [160_000], 'gzip'))).toBe(unavailable);
  expect(statusOf(await ask(unary.path, [140_000], 'gzip'))).toBe('0');
  await connection.read();
  expect(allowance.tryHold(150_000)).toBe(true);
});

test('what elsewhere in the process is held counts', async () => {
  const unary: UnaryMethod = { path: '/s.S/M', route, answer: () => [Buffer.alloc(prefixBytes)] };
  const { port, allowance } = await startGrpcServer([unary], env);
  connection = new GrpcConnection(port);
  allowance.hold(120_000);
  expect(statusOf(await ask(unary.path, [30_000]))).toBe(unavailable);
  allowance.release(120_000);
  expect(statusOf(await ask(unary.path, [30_000]))).toBe('0');
});

describe('messages of a stream', () => {
  const parts: CallPart[] = [];
  let came = 0;
  /** Begins a part for each message, and leaves it to the test to end it. */
  const keeping: StreamMethod = {
    path: '/s.S/Keeping',
    route,
    async serve(call) {
      for await (const one of call.messages()) {
        came += one.length;
        parts.push(call.begin());
      }
    },
  };

  beforeEach(() => {
    parts.length = 0;
    came = 0;
  });

  it.each([undefined, 'gzip'] as const)(
    'count until each is answered, packed by %s',
    async (packing) => {
      const { port, allowance } = await startGrpcServer([keeping], env);
      connection = new GrpcConnection(port);
      expect(statusOf(await ask(keeping.path, [50_000, 50_000], packing))).toBe('0');
      expect(came).toBe(100_000);
      expect(statusOf(await ask(keeping.path, [60_000], packing))).toBe(unavailable);
      parts[0]!.done(undefined);
      expect(statusOf(await ask(keeping.path, [50_000], packing))).toBe('0');
      for (const part of parts.slice(1)) part.done(undefined);
      await connection.read();
      expect(allowance.tryHold(150_000)).toBe(true);
    },
  );

  it('count no longer where nobody has begun with them', async () => {
    const dropping: StreamMethod = {
      ...keeping,
      async serve(call) {
        for await (const one of call.messages()) came += one.length;
      },
    };
    const { port, allowance } = await startGrpcServer([dropping], env);
    connection = new GrpcConnection(port);
    expect(statusOf(await ask(dropping.path, [60_000, 60_000, 60_000]))).toBe('0');
    expect(came).toBe(180_000);
    await connection.read();
    expect(allowance.tryHold(150_000)).toBe(true);
  });
});
