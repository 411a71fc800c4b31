import {
  endStream,
  frame,
  hello,
  openWire,
  request,
  requestHead,
  turn,
} from '../../tests/support/http2-wire';
import { errorCodes } from './error-codes';
import { encodeFields } from './hpack/encode-fields';

const { cancel } = errorCodes;
const ok = encodeFields([[':status', '200']]);
const quiet = { handle: () => undefined };

describe('memory', () => {
  it('of unsent answers is bounded: nothing more is read until the caller takes them', async () => {
    const wire = openWire({
      limits: { unsentBytes: 5000 },
      handle: (stream) => {
        stream.reply(ok, Buffer.alloc(1000));
      },
    });
    wire.socket.holds = true;
    wire.send(hello);
    for (let n = 0; n < 40; n += 1) wire.send(request(2 * n + 1));
    expect(wire.socket.isPaused()).toBe(true);
    expect(wire.socket.writableLength).toBeLessThan(20_000);
    wire.socket.letGo();
    await turn();
    expect(wire.socket.isPaused()).toBe(false);
    expect(wire.closed).toHaveLength(40);
  });

  it.each(['gathered', 'in parts'])(
    'a body over its limit is refused when that is known, not when it ends: %s',
    async (how) => {
      const codes: string[] = [];
      const wire = openWire({
        bodiesMaxBytes: 10_000,
        async handle(stream) {
          try {
            if (how === 'gathered') await stream.whole(1000);
            else for await (const part of stream.bodyParts()) expect(part.length).toBe(500);
          } catch (error) {
            codes.push((error as { code: string }).code);
            stream.reply(ok, Buffer.alloc(0));
          }
        },
      });
      wire.send(hello, requestHead(1), frame('data', 1, Buffer.alloc(500)));
      await turn();
      expect(codes).toEqual([]);
      wire.send(frame('data', 1, Buffer.alloc(12_000)));
      await turn();
      expect(codes).toEqual([how === 'gathered' ? 'too_large' : 'overloaded']);
      expect(wire.resets(1)).toEqual([errorCodes.noError]);
    },
  );

  it('of bodies is bounded for all together', async () => {
    const codes: string[] = [];
    const wire = openWire({
      bodiesMaxBytes: 100_000,
      limits: { streamWindowBytes: 200_000 },
      async handle(stream) {
        await stream.whole(1_000_000).then(
          () => codes.push('whole'),
          (error: unknown) => codes.push((error as { code: string }).code),
        );
        if (stream.head.path === '/kept') return;
        stream.reply(ok, Buffer.alloc(0));
      },
    });
    wire.send(hello);
    const send = async (streamId: number, path: string): Promise<void> => {
      wire.send(requestHead(streamId, path));
      for (let n = 0; n < 4; n += 1) wire.send(frame('data', streamId, Buffer.alloc(16_000)));
      wire.send(frame('data', streamId, '', endStream));
      await turn();
    };
    await send(1, '/kept');
    await send(3, '/');
    wire.handled[0]?.reset(cancel);
    await send(5, '/');
    await send(7, '/');
    expect(codes).toEqual(['whole', 'overloaded', 'whole', 'whole']);
  });

  it('is not made ready for what is only announced', async () => {
    const codes: string[] = [];
    const wire = openWire({
      bodiesMaxBytes: 100_000,
      expectedBytes: () => 500_000_000,
      async handle(stream) {
        await stream.whole(1_000_000_000).catch((error: unknown) => {
          codes.push((error as { code: string }).code);
        });
      },
    });
    wire.send(hello);
    for (let id = 1; id < 12; id += 2) {
      wire.send(requestHead(id), frame('data', id, Buffer.alloc(100)));
    }
    await turn();
    expect(codes).toEqual([]);
    for (let n = 0; n < 4; n += 1) wire.send(frame('data', 1, Buffer.alloc(16_000)));
    await turn();
    expect(codes).toEqual(['overloaded']);
  });

  it('is not kept for what still comes of a body when its answer has been given', async () => {
    const bodies: number[] = [];
    const wire = openWire({
      bodiesMaxBytes: 40_000,
      limits: { connectionWindowBytes: 65_535 },
      async handle(stream) {
        if (stream.head.path === '/read') bodies.push((await stream.whole(20_000)).length);
        stream.reply(ok, Buffer.alloc(0));
      },
    });
    wire.send(hello);
    const data = (id: number): Buffer => frame('data', id, Buffer.alloc(16_000), endStream);
    for (let id = 1; id < 12; id += 2) {
      wire.send(requestHead(id), data(id).subarray(0, 9));
      wire.send(data(id).subarray(9));
    }
    wire.send(requestHead(13, '/read'), data(13));
    await turn();
    expect(wire.goaway()).toBeUndefined();
    expect(bodies).toEqual([16_000]);
  });

  it.each(['gathered', 'in parts'])(
    'of a body that ends before its declared length is free again: %s',
    async (how) => {
      const codes: string[] = [];
      const wire = openWire({
        async handle(stream) {
          try {
            if (how === 'gathered') await stream.whole(1000);
            else for await (const part of stream.bodyParts()) expect(part.length).toBe(2);
          } catch (error) {
            codes.push((error as { code: string }).code);
          }
        },
      });
      wire.send(hello, requestHead(1, '/', ['content-length', '5']), frame('data', 1, '0000'));
      await turn();
      wire.send(frame('data', 1, '0000', endStream));
      await turn();
      expect(wire.resets(1)).toEqual([errorCodes.protocolError]);
      expect(codes).toEqual(['client_closed']);
    },
  );

  it('for data ends with the windows', () => {
    const wire = openWire({
      ...quiet,
      limits: { streamWindowBytes: 20_000, connectionWindowBytes: 65_535 },
    });
    wire.send(hello, requestHead(1), frame('data', 1, Buffer.alloc(16_000)));
    wire.send(frame('data', 1, Buffer.alloc(16_000)));
    expect(wire.resets(1)).toEqual([errorCodes.flowControlError]);
    for (let id = 3; id < 11; id += 2) {
      wire.send(requestHead(id), frame('data', id, Buffer.alloc(16_000)));
    }
    expect(wire.goaway()).toBe(errorCodes.flowControlError);
  });
});
