import {
  endHeaders,
  endStream,
  frame,
  hello,
  openWire,
  request,
  requestBlock,
  requestHead,
} from '../../tests/support/http2-wire';
import { errorCodes } from './error-codes';
import { encodeFields } from './hpack/encode-fields';

const { protocolError, flowControlError, streamClosed, refusedStream } = errorCodes;

const block = (...fields: [string, string][]): Buffer =>
  frame('headers', 1, encodeFields(fields), endStream | endHeaders);

const usual: [string, string][] = [
  [':method', 'POST'],
  [':scheme', 'http'],
  [':path', '/'],
];

describe('what ends the stream', () => {
  it.each<[string, Buffer[], number]>([
    ['a name with a capital letter', [block(...usual, ['X-a', 'b'])], protocolError],
    ['an empty name', [block(...usual, ['', 'b'])], protocolError],
    ['a name with a blank', [block(...usual, ['a b', 'b'])], protocolError],
    ['a value with a line break', [block(...usual, ['a', 'b\r\nc: d'])], protocolError],
    ['a value with a zero', [block(...usual, ['a', 'b\0'])], protocolError],
    ['a value that begins with a blank', [block(...usual, ['a', ' b'])], protocolError],
    ['connection', [block(...usual, ['connection', 'close'])], protocolError],
    ['transfer-encoding', [block(...usual, ['transfer-encoding', 'chunked'])], protocolError],
    ['te with something else', [block(...usual, ['te', 'gzip'])], protocolError],
    ['no method', [block([':scheme', 'http'], [':path', '/'])], protocolError],
    ['no scheme', [block([':method', 'GET'], [':path', '/'])], protocolError],
    ['no path', [block([':method', 'GET'], [':scheme', 'http'])], protocolError],
    [
      'an empty path',
      [block([':method', 'GET'], [':scheme', 'http'], [':path', ''])],
      protocolError,
    ],
    ['a path twice', [block(...usual, [':path', '/'])], protocolError],
    ['a pseudo header of answers', [block(...usual, [':status', '200'])], protocolError],
    [
      'a pseudo header behind another',
      [block(...usual, ['a', 'b'], [':authority', 'x'])],
      protocolError,
    ],
    ['a length that is none', [block(...usual, ['content-length', 'x'])], protocolError],
    [
      'two lengths',
      [block(...usual, ['content-length', '0'], ['content-length', '0'])],
      protocolError,
    ],
    ['a length and no body', [block(...usual, ['content-length', '1'])], protocolError],
    [
      'a body that is longer than its length',
      [requestHead(1, '/', ['content-length', '1']), frame('data', 1, '0000', endStream)],
      protocolError,
    ],
    [
      'a body that is shorter than its length',
      [requestHead(1, '/', ['content-length', '3']), frame('data', 1, '0000', endStream)],
      protocolError,
    ],
    [
      'data behind the end',
      [requestHead(1), frame('data', 1, '00', endStream), frame('data', 1, '00')],
      streamClosed,
    ],
    [
      'trailers behind the end',
      [requestHead(1), frame('data', 1, '00', endStream), frame('headers', 1, '', 5)],
      streamClosed,
    ],
    [
      'headers within the body',
      [requestHead(1), frame('headers', 1, '', endHeaders)],
      protocolError,
    ],
    [
      'trailers with a pseudo header',
      [requestHead(1), frame('headers', 1, encodeFields([[':path', '/']]), 5)],
      protocolError,
    ],
    [
      'a window that grows by nothing',
      [requestHead(1), frame('windowUpdate', 1, [0])],
      protocolError,
    ],
    [
      'a window that is too large',
      [requestHead(1), frame('windowUpdate', 1, [2 ** 31 - 1])],
      flowControlError,
    ],
  ])('%s', (_, sent, code) => {
    const wire = openWire({ handle: () => undefined });
    wire.send(hello, ...sent);
    expect(wire.resets(1)).toEqual([code]);
    expect(wire.closed).toEqual(wire.handled);
    wire.send(request(3));
    expect(wire.handled.at(-1)?.ending).toBeUndefined();
    expect(wire.goaway()).toBeUndefined();
  });

  it('is known to its handler', () => {
    const wire = openWire({ handle: () => undefined });
    wire.send(hello, requestHead(1));
    wire.send(frame('windowUpdate', 1, [0]));
    expect(wire.closed.map(({ ending }) => ending)).toEqual(['reset']);
    expect(wire.handled[0]?.gone).toBe(true);
  });

  it('does not reach the handler with a request that was reset in the same breath', () => {
    const wire = openWire();
    wire.send(hello, request(1), frame('rstStream', 1, [8]), request(3));
    expect(wire.handled.map((stream) => stream.ending)).toEqual(['answered']);
  });

  it('refuses more streams than it has offered', () => {
    const wire = openWire({ limits: { maxStreams: 2 }, handle: () => undefined });
    wire.send(hello, request(1), request(3), request(5));
    expect(wire.resets(5)).toEqual([refusedStream]);
    wire.handled[0]?.reset(errorCodes.cancel);
    wire.send(request(7));
    expect(wire.handled).toHaveLength(3);
  });
});

describe('what is allowed', () => {
  it('data that was under way when the stream was reset is dropped without a word', () => {
    const wire = openWire();
    wire.send(hello, requestHead(1));
    expect(wire.resets(1)).toEqual([errorCodes.noError]);
    wire.send(frame('data', 1, '0000'), frame('data', 1, '00', endStream));
    expect(wire.resets(1)).toHaveLength(1);
    expect(wire.goaway()).toBeUndefined();
  });

  it('padding, priorities and frames that nobody knows', () => {
    const wire = openWire({
      handle: (stream) => {
        stream.reply(encodeFields([[':status', '200']]), stream.bytes() ?? Buffer.from('none'));
      },
    });
    const padded = Buffer.concat([
      Buffer.from([3, 0, 0, 0, 0, 7]),
      requestBlock(),
      Buffer.from([0, 0, 0]),
    ]);
    wire.send(hello, frame(0xfa, 9, 'abcd'), frame('priority', 7, '0000000010'));
    wire.send(
      frame('headers', 1, padded, 0x8 | 0x20 | endHeaders),
      frame('data', 1, '02 414243 0000', 0x8 | endStream),
    );
    const data = wire.frames().filter(({ type }) => type === 0);
    expect(data.map(({ payload }) => payload.toString())).toEqual(['ABC']);
  });
});
