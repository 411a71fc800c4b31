import {
  endHeaders,
  endStream,
  frame,
  hello,
  openWire,
  request,
  requestBlock,
  requestHead,
  types,
  type Wire,
} from '../../tests/support/http2-wire';
import { errorCodes } from './error-codes';
import { encodeFields } from './hpack/encode-fields';

const { enhanceYourCalm, cancel } = errorCodes;
const quiet = { handle: () => undefined };

/** Sends what `make` makes for 0, 1, 2, ... until the connection is ended; how often that was. */
function flood(wire: Wire, most: number, make: (n: number) => Buffer): number {
  for (let n = 0; n < most; n += 1) {
    if (wire.goaway() !== undefined) return n;
    wire.send(make(n));
  }
  return most;
}

describe('floods', () => {
  const burst = {
    resetBurst: 20,
    resetsPerSecond: 10,
    idleFrameBurst: 20,
    idleFramesPerSecond: 10,
  };

  it.each<[string, (n: number) => Buffer]>([
    ['requests that are reset at once', (n) => resetAtOnce(2 * n + 1)],
    ['requests that break a rule', (n) => frame('headers', 2 * n + 1, '82', 5)],
    ['resets of what is over', () => frame('rstStream', 1, [8])],
    ['pings', () => frame('ping', 0, [0, 0])],
    ['settings', () => frame('settings', 0)],
    ['data without data', () => frame('data', 1)],
    ['priorities', () => frame('priority', 9, '0000000010')],
    ['frames that nobody knows', () => frame(0xfa, 0)],
    ['windows that hardly grow', () => frame('windowUpdate', 0, [1])],
  ])('of %s end the connection', (_, make) => {
    const wire = openWire({ ...quiet, limits: burst });
    wire.send(hello, requestHead(1));
    const sent = flood(wire, 100, (n) => make(n + 1));
    expect(sent).toBeGreaterThan(15);
    expect(sent).toBeLessThan(25);
    expect(wire.goaway()).toBe(enhanceYourCalm);
    expect(wire.server.connections()).toBe(1);
    wire.pass(3000);
    expect(wire.socket.destroyed).toBe(true);
  });

  it('of announcements of the end end the connection', () => {
    const wire = openWire({ ...quiet, limits: burst });
    wire.send(hello, requestHead(1));
    for (let n = 0; n < 30; n += 1) wire.send(frame('goaway', 0, [0, 0]));
    const last = wire.frames().findLast(({ type }) => type === types.goaway);
    expect(last?.payload.readUInt32BE(4)).toBe(enhanceYourCalm);
  });

  it.each<[string, (n: number) => Buffer]>([
    ['resets', (n) => resetAtOnce(2 * n + 1)],
    ['pings', () => frame('ping', 0, [0, 0])],
  ])('are no floods if they are slow: %s', (_, make) => {
    const wire = openWire({ ...quiet, limits: burst });
    wire.send(hello);
    const slow = (n: number): Buffer => {
      wire.pass(250);
      return make(n);
    };
    expect(flood(wire, 100, slow)).toBe(100);
  });

  it('are no floods if as much is asked and answered meanwhile', () => {
    const wire = openWire({ limits: burst });
    wire.send(hello);
    const mixed = (n: number): Buffer =>
      Buffer.concat([request(4 * n + 1), resetAtOnce(4 * n + 3), frame('ping', 0, [0, 0])]);
    expect(flood(wire, 100, mixed)).toBe(100);
  });

  it('of continuations end the connection', () => {
    const wire = openWire();
    wire.send(hello, frame('headers', 1, requestBlock()));
    expect(flood(wire, 100, () => frame('continuation', 1))).toBeLessThan(10);
    expect(wire.goaway()).toBe(enhanceYourCalm);
  });

  it('of header bytes end the connection', () => {
    const wire = openWire({ limits: { maxHeaderBytes: 1000 } });
    const part = encodeFields([['a', 'b'.repeat(1500)]]);
    wire.send(hello, frame('headers', 1, requestBlock()));
    expect(flood(wire, 100, () => frame('continuation', 1, part))).toBe(3);
    expect(wire.goaway()).toBe(enhanceYourCalm);
  });
});

const resetAtOnce = (streamId: number): Buffer =>
  Buffer.concat([request(streamId), frame('rstStream', streamId, [cancel])]);

describe('headers over the limit', () => {
  it('from few bytes are told to the handler, and the connection stays right', () => {
    const heads: (string | boolean)[] = [];
    const wire = openWire({
      limits: { maxHeaderBytes: 2000 },
      handle({ head }) {
        heads.push(head.path, head.tooLarge);
      },
    });
    const remembered = Buffer.concat([
      Buffer.from('400161', 'hex'),
      Buffer.from([0x7f, 0xf5, 0x02]),
      Buffer.alloc(500, 'v'),
    ]);
    const bomb = Buffer.concat([requestBlock(), remembered, Buffer.alloc(8000, 0xbe)]);
    wire.send(hello, frame('headers', 1, bomb, endStream | endHeaders));
    expect(heads).toEqual(['/', true]);
    const next = Buffer.concat([requestBlock(), Buffer.from('be', 'hex')]);
    wire.send(frame('headers', 3, next, endStream | endHeaders));
    expect(heads).toEqual(['/', true, '/', false]);
    expect(wire.handled[1]?.head.header('a')).toHaveLength(500);
  });
});
