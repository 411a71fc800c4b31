import fc from 'fast-check';
import {
  endHeaders,
  endStream,
  frame,
  hello,
  magic,
  openWire,
  request,
  requestBlock,
  requestHead,
} from '../../tests/support/http2-wire';
import { encodeFields } from './hpack/encode-fields';
import type { Http2Stream } from './stream';

const id = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 6 }).map((n) => 2 * n + 1) },
  { weight: 1, arbitrary: fc.constantFrom(0, 2, 2 ** 31 - 1) },
);
const flags = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(0, endStream, endHeaders, endStream | endHeaders) },
  { weight: 1, arbitrary: fc.nat(255) },
);
const bytes = fc.uint8Array({ maxLength: 60 }).map((some) => Buffer.from(some));
const block = fc.oneof(
  fc.constantFrom(requestBlock(), requestBlock('/body'), encodeFields([['a', 'b']])),
  fc.constant(Buffer.from('828684410f7777772e6578616d706c652e636f6d', 'hex')),
  bytes,
);
const anyFrame = fc.oneof(
  fc.tuple(id, block, flags).map(([at, payload, of]) => frame('headers', at, payload, of)),
  fc.tuple(id, block, flags).map(([at, payload, of]) => frame('continuation', at, payload, of)),
  fc.tuple(id, bytes, flags).map(([at, payload, of]) => frame('data', at, payload, of)),
  fc
    .tuple(id, fc.integer({ min: 0, max: 2 ** 31 }))
    .map(([at, by]) => frame('windowUpdate', at, [by])),
  id.map((at) => frame('rstStream', at, [8])),
  fc.tuple(fc.nat(7), fc.integer({ min: 0, max: 70_000 })).map(([kind, value]) => {
    const payload = Buffer.alloc(6);
    payload.writeUInt16BE(kind);
    payload.writeUInt32BE(value, 2);
    return frame('settings', 0, payload);
  }),
  fc.tuple(fc.nat(12), id, bytes, flags).map(([type, at, some, of]) => frame(type, at, some, of)),
  id.map((at) => request(at)),
  id.map((at) => Buffer.concat([requestHead(at), frame('data', at, 'abcd', endStream)])),
);

const mutation = fc.record({ at: fc.nat(5000), by: fc.integer({ min: 1, max: 255 }) });

const conversation = fc
  .record({
    starts: fc.oneof(
      { weight: 20, arbitrary: fc.constant(hello) },
      { weight: 1, arbitrary: fc.constant(magic) },
    ),
    frames: fc.array(anyFrame, { maxLength: 12 }),
    mutations: fc.oneof(fc.constant([]), fc.array(mutation, { maxLength: 3 })),
  })
  .map(({ starts, frames, mutations }) => {
    const all = Buffer.concat([starts, ...frames]);
    for (const { at, by } of mutations) {
      const place = at % all.length;
      all[place] = (all[place]! + by) % 256;
    }
    return all;
  });

const ok = encodeFields([[':status', '200']]);

function answer(stream: Http2Stream): void {
  const body = stream.bytes();
  if (body !== undefined) stream.reply(ok, [Buffer.from('got '), body], ok);
  else {
    stream.whole(40).then(
      (whole) => {
        stream.reply(ok, whole);
      },
      () => {
        stream.reply(ok, Buffer.alloc(0));
      },
    );
  }
}

/** Why the connection was ended; nothing is answered, because when that happens would matter. */
function goawayFor(pieces: readonly Buffer[]): number | undefined {
  const wire = openWire({ handle: () => undefined });
  for (const piece of pieces) wire.send(piece);
  expect(wire.faults).toEqual([]);
  return wire.goaway();
}

describe('whatever comes', () => {
  it('the server has no fault, and ends the connection for the same reason however it was cut', () => {
    const places = fc.array(fc.nat(1000), { maxLength: 8 });
    fc.assert(
      fc.property(conversation, places, (sent, cuts) => {
        const edges = [...new Set([0, ...cuts.map((cut) => cut % sent.length), sent.length])];
        edges.sort((a, b) => a - b);
        const pieces = edges.slice(1).map((end, n) => sent.subarray(edges[n], end));
        expect(goawayFor(pieces)).toBe(goawayFor([sent]));
      }),
      { numRuns: 2000 },
    );
  });

  it('goes on with the next request, or has said why not', () => {
    fc.assert(
      fc.property(conversation, (sent) => {
        const wire = openWire({ handle: answer });
        wire.send(sent);
        if (wire.goaway() === undefined) wire.send(frame('settings', 0));
        // What has come so far may be the beginning of a frame.
        wire.send(Buffer.alloc(20_000));
        expect(wire.faults).toEqual([]);
        wire.pass(100_000);
        expect(wire.goaway()).toBeDefined();
        expect(wire.socket.destroyed || wire.socket.writableEnded).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
