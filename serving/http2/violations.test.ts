import {
  endHeaders,
  frame,
  hello,
  magic,
  openWire,
  request,
  requestBlock,
  requestHead,
} from '../../tests/support/http2-wire';
import { errorCodes } from './error-codes';

const { protocolError, flowControlError, streamClosed, frameSizeError, compressionError } =
  errorCodes;

const settings = (kind: number, value: number): Buffer => {
  const payload = Buffer.alloc(6);
  payload.writeUInt16BE(kind, 0);
  payload.writeUInt32BE(value, 2);
  return frame('settings', 0, payload);
};

describe('what ends the connection', () => {
  it.each<[string, Buffer[], number]>([
    ['HTTP/1.1', [Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')], protocolError],
    [
      'a preface that is wrong at its end',
      [Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\rX')],
      protocolError,
    ],
    ['no settings at the start', [magic, request(1)], protocolError],
    ['an acknowledgement at the start', [magic, frame('settings', 0, '', 1)], protocolError],
    ['settings of a stream', [hello, frame('settings', 1)], protocolError],
    ['settings that break off', [hello, frame('settings', 0, '00')], frameSizeError],
    [
      'an acknowledgement with a payload',
      [hello, frame('settings', 0, [0, 0, 0], 1)],
      frameSizeError,
    ],
    ['ENABLE_PUSH of 2', [hello, settings(2, 2)], protocolError],
    ['a first window that is too large', [hello, settings(4, 2 ** 31)], flowControlError],
    ['a frame size that is too small', [hello, settings(5, 16_383)], protocolError],
    ['a frame size that is too large', [hello, settings(5, 2 ** 24)], protocolError],
    ['a ping of a stream', [hello, frame('ping', 1, [0, 0])], protocolError],
    ['a ping that is short', [hello, frame('ping', 0, [0])], frameSizeError],
    ['a GOAWAY that is short', [hello, frame('goaway', 0, [0])], frameSizeError],
    ['a GOAWAY of a stream', [hello, frame('goaway', 1, [0, 0])], protocolError],
    ['a promise', [hello, frame('pushPromise', 1, [2])], protocolError],
    ['data of no stream', [hello, frame('data', 0, '00')], protocolError],
    ['data of a stream that has not begun', [hello, frame('data', 1, '00')], protocolError],
    [
      'data with too much padding',
      [hello, requestHead(1), frame('data', 1, '0200', 8)],
      protocolError,
    ],
    ['padded data of no bytes', [hello, requestHead(1), frame('data', 1, '', 8)], protocolError],
    ['a reset of no stream', [hello, frame('rstStream', 0, [8])], protocolError],
    ['a reset of a stream that has not begun', [hello, frame('rstStream', 1, [8])], protocolError],
    ['a reset that is short', [hello, request(1), frame('rstStream', 1, '0000')], frameSizeError],
    [
      'a window for a stream that has not begun',
      [hello, frame('windowUpdate', 1, [1])],
      protocolError,
    ],
    ['a window that grows by nothing', [hello, frame('windowUpdate', 0, [0])], protocolError],
    ['a window update that is short', [hello, frame('windowUpdate', 0, '00')], frameSizeError],
    [
      'a window that is too large',
      [hello, frame('windowUpdate', 0, [2 ** 31 - 1])],
      flowControlError,
    ],
    ['a priority of no stream', [hello, frame('priority', 0, '0000000010')], protocolError],
    ['a priority that is short', [hello, frame('priority', 1, '00')], frameSizeError],
    ['a request on stream 0', [hello, request(0)], protocolError],
    ['a request on an even stream', [hello, request(2)], protocolError],
    ['a lower stream than before', [hello, request(5), request(3)], protocolError],
    [
      'padding that is longer than the block',
      [hello, frame('headers', 1, '0582', 8 | endHeaders)],
      protocolError,
    ],
    [
      'a continuation of nothing',
      [hello, frame('continuation', 1, '82', endHeaders)],
      protocolError,
    ],
    [
      'a ping within a header block',
      [hello, frame('headers', 1, requestBlock()), frame('ping', 0, [0, 0])],
      protocolError,
    ],
    [
      'data within a header block',
      [hello, requestHead(1), frame('headers', 3, requestBlock()), frame('data', 1, '00')],
      protocolError,
    ],
    [
      'a continuation of another stream',
      [hello, frame('headers', 1, requestBlock()), frame('continuation', 3, '', endHeaders)],
      protocolError,
    ],
    [
      'a header block that is broken',
      [hello, frame('headers', 1, 'ff', endHeaders)],
      compressionError,
    ],
    ['a frame over the limit', [hello, frame('data', 1, Buffer.alloc(16_385))], frameSizeError],
  ])('%s', (_, sent, code) => {
    for (const cut of [false, true]) {
      const wire = openWire();
      if (cut) for (const byte of Buffer.concat(sent)) wire.send(Buffer.from([byte]));
      else wire.send(...sent);
      expect(wire.goaway()).toBe(code);
      expect(wire.socket.writableEnded).toBe(true);
      expect(wire.faults).toEqual([]);
    }
  });
});

it('a request on a stream that is over ends the connection, too', () => {
  const wire = openWire();
  wire.send(hello, request(1));
  wire.send(request(1));
  expect(wire.goaway()).toBe(streamClosed);
});
