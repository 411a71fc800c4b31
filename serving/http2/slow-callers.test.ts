import {
  frame,
  hello,
  openWire,
  request,
  requestBlock,
  requestHead,
  types,
  turn,
} from '../../tests/support/http2-wire';
import { errorCodes } from './error-codes';
import { encodeFields } from './hpack/encode-fields';

const { enhanceYourCalm, cancel, noError } = errorCodes;
const ok = encodeFields([[':status', '200']]);
const quiet = { handle: () => undefined };

describe('callers who are slow', () => {
  it('to begin are cut off', () => {
    const wire = openWire({ limits: { headersMs: 1000 } });
    wire.send(hello.subarray(0, 10));
    wire.pass(2500);
    expect(wire.goaway()).toBe(enhanceYourCalm);
  });

  it('with headers are cut off, and others are not', () => {
    const wire = openWire({ ...quiet, limits: { headersMs: 1000 } });
    const bytes = request(1);
    wire.send(hello);
    wire.send(bytes.subarray(0, 5));
    wire.pass(800);
    wire.send(bytes.subarray(5));
    wire.pass(5000);
    expect(wire.goaway()).toBeUndefined();
    wire.send(frame('headers', 3, requestBlock()));
    wire.pass(2500);
    expect(wire.goaway()).toBe(enhanceYourCalm);
  });

  it('with a body are told to its handler', async () => {
    const told: unknown[] = [];
    const wire = openWire({
      limits: { bodyMs: 1000 },
      async handle(stream) {
        await stream.whole(100).catch((error: unknown) => told.push(error));
        stream.reply(ok, Buffer.alloc(0));
      },
    });
    wire.send(hello, requestHead(1), frame('data', 1, '00'));
    wire.pass(2000);
    await turn();
    expect(told).toMatchObject([{ code: 'body_timeout' }]);
  });

  it('to end a body that is too large already are not waited for', async () => {
    const told: unknown[] = [];
    const wire = openWire({
      async handle(stream) {
        await stream.whole(100).catch((error: unknown) => told.push(error));
        stream.reply(ok, Buffer.alloc(0));
      },
    });
    wire.send(hello, requestHead(1), frame('data', 1, '00'.repeat(60)));
    await turn();
    expect(told).toEqual([]);
    wire.send(frame('data', 1, '00'.repeat(60)));
    await turn();
    expect(told).toMatchObject([{ code: 'too_large' }]);
  });

  it('to take what is sent are cut off', () => {
    const wire = openWire({
      limits: { sendMs: 1000 },
      handle: (stream) => {
        stream.reply(ok, Buffer.alloc(1000));
      },
    });
    wire.socket.holds = true;
    wire.send(hello, request(1));
    wire.pass(2500);
    expect(wire.socket.destroyed).toBe(true);
  });

  it('to take their last answer are waited for while they take some of it', () => {
    const wire = openWire({
      limits: { sendMs: 10_000 },
      handle: (stream) => {
        stream.reply(ok, Buffer.alloc(1000));
      },
    });
    wire.socket.holds = true;
    wire.send(hello, request(1));
    wire.server.stopAccepting();
    wire.send(frame('ping', 0, Buffer.from('shoalend'), 1));
    wire.pass(5000);
    expect(wire.socket.destroyed).toBe(false);
    wire.socket.letGo();
    expect(wire.closed.map(({ ending }) => ending)).toEqual(['answered']);
    wire.pass(1000);
    expect(wire.socket.destroyed).toBe(false);
    wire.pass(2000);
    expect(wire.socket.destroyed).toBe(true);
  });

  it('to take their last answer are cut off once they take nothing', () => {
    const wire = openWire({ limits: { sendMs: 10_000 } });
    wire.socket.holds = true;
    wire.send(hello, request(1));
    wire.server.stopAccepting();
    wire.send(frame('ping', 0, Buffer.from('shoalend'), 1));
    wire.pass(12_000);
    expect(wire.socket.destroyed).toBe(true);
  });

  it('to widen a window have the stream reset', () => {
    const wire = openWire({
      limits: { sendMs: 1000 },
      handle: (stream) => {
        stream.reply(ok, Buffer.alloc(stream.head.path === '/large' ? 100_000 : 10));
      },
    });
    wire.send(hello, request(1, '/large'));
    wire.pass(2500);
    expect(wire.resets(1)).toEqual([cancel]);
    expect(wire.goaway()).toBeUndefined();
    wire.send(frame('windowUpdate', 0, [1000]), request(3));
    expect(wire.closed.map(({ ending }) => ending)).toEqual(['reset', 'answered']);
  });

  it('and silent, are asked whether they are there while something is under way', async () => {
    const wire = openWire({ ...quiet, limits: { idleMs: 1000, headersMs: 1000 } });
    wire.send(hello, request(1));
    wire.frames();
    wire.pass(1250);
    expect(wire.frames().map(({ type }) => type)).toEqual([types.ping]);
    wire.send(frame('ping', 0, [0, 0], 1));
    wire.pass(1500);
    expect(wire.socket.destroyed).toBe(false);
    wire.pass(1500);
    expect(wire.socket.destroyed).toBe(true);
    await turn();
    expect(wire.closed.map(({ ending }) => ending)).toEqual(['lost']);
  });

  it('and idle, are sent away', () => {
    const wire = openWire({ limits: { idleMs: 1000 } });
    wire.send(hello, request(1));
    wire.pass(900);
    expect(wire.goaway()).toBeUndefined();
    wire.pass(600);
    expect(wire.goaway()).toBe(noError);
  });
});
