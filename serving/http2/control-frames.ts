import { errorCodes } from './error-codes';
import { ConnectionFault } from './fault';
import type { FrameHeader } from './frame-reader';
import { frameFlags, frameTypes, mostWindow } from './frame-types';
import type { Output } from './output';
import type { Patience } from './patience';
import { readSettings } from './peer-settings';
import type { Sender } from './sender';
import { mustNotDependOnItself, type Streams } from './streams';

/** The connection as its control frames change it. */
export interface Controlled {
  readonly output: Output;
  readonly sender: Sender;
  readonly streams: Streams;
  readonly patience: Patience;
  end(code: number, reason: string): void;
}

/** What the PING says that asks whether the announcement of the end has been read. */
const endPing = Buffer.from('shoalend', 'latin1');

const defaultTableBytes = 4096;

/** The last stream and the code; a text may follow. */
const goawayBytes = 8;

/** Frames that are about the connection and not about one request. */
export class ControlFrames {
  readonly #connection: Controlled;
  #settingsCame = false;
  /** The end is announced; then new streams are refused; then the last one ends the connection. */
  #ending: 'no' | 'announced' | 'certain' = 'no';

  constructor(connection: Controlled) {
    this.#connection = connection;
  }

  /** Throws if such a frame must not come now. */
  mayCome({ type, flags, streamId }: FrameHeader): void {
    if (!this.#settingsCame) {
      if (type !== frameTypes.settings || (flags & frameFlags.ack) !== 0) {
        throw broken('no SETTINGS frame at the start');
      }
      this.#settingsCame = true;
    }
    const { continued } = this.#connection.streams;
    if (continued !== 0 && (type !== frameTypes.continuation || streamId !== continued)) {
      throw broken('another frame within a header block');
    }
  }

  frame(header: FrameHeader, bytes: Buffer, start: number): void {
    const { type, streamId } = header;
    switch (type) {
      case frameTypes.windowUpdate:
        this.#windowUpdate(header, bytes, start);
        return;
      case frameTypes.rstStream:
        mustHave(header, 4);
        this.#connection.streams.rstStream(streamId);
        return;
      case frameTypes.settings:
        this.#settings(header, bytes, start);
        return;
      case frameTypes.ping:
        this.#ping(header, bytes, start);
        return;
      case frameTypes.goaway:
        this.#goaway(header);
        return;
      case frameTypes.pushPromise:
        throw broken('a PUSH_PROMISE of a client');
      default:
        this.#useless(header, bytes, start);
    }
  }

  /**
   * In two steps, so that no request is lost that was sent before the caller knew: RFC 9113, 6.8.
   */
  announceEnd(): void {
    if (this.#ending !== 'no') return;
    this.#ending = 'announced';
    const { output, streams } = this.#connection;
    if (!this.#settingsCame) {
      this.#connection.end(errorCodes.noError, '');
      return;
    }
    output.goaway(mostWindow, errorCodes.noError, '');
    output.ping(endPing, 0, false);
    if (streams.open.size === 0 && streams.lastId === 0) this.makeEndCertain();
  }

  makeEndCertain(): void {
    if (this.#ending !== 'announced') return;
    this.#ending = 'certain';
    const { output, streams } = this.#connection;
    streams.mostId = streams.lastId;
    if (streams.open.size === 0) this.#connection.end(errorCodes.noError, '');
    else output.goaway(streams.lastId, errorCodes.noError, '');
  }

  /** The last stream has ended. */
  emptied(): void {
    if (this.#ending === 'certain') this.#connection.end(errorCodes.noError, '');
  }

  #windowUpdate(header: FrameHeader, bytes: Buffer, start: number): void {
    const { sender, streams, patience } = this.#connection;
    const { streamId } = header;
    mustHave(header, 4);
    patience.idleFrame();
    const increment = bytes.readUInt32BE(start) & mostWindow;
    if (streamId === 0) {
      if (increment === 0) throw broken('a WINDOW_UPDATE of 0');
      if (!sender.widen(increment)) throw tooWide();
      sender.pump();
      return;
    }
    const stream = streams.known(streamId, 'WINDOW_UPDATE');
    if (stream === undefined) return;
    stream.sendWindow += increment;
    if (increment === 0) streams.fail(streamId, errorCodes.protocolError);
    else if (stream.sendWindow > mostWindow) streams.fail(streamId, errorCodes.flowControlError);
    else sender.unblock(stream);
  }

  #settings(header: FrameHeader, bytes: Buffer, start: number): void {
    const { output, sender, streams, patience } = this.#connection;
    mustBeOfConnection(header);
    patience.idleFrame();
    if ((header.flags & frameFlags.ack) !== 0) {
      mustHave(header, 0);
      return;
    }
    const { headerTableBytes, initialWindow, maxFrameBytes } = readSettings(
      bytes,
      start,
      header.length,
    );
    if (headerTableBytes !== undefined && headerTableBytes < defaultTableBytes) {
      sender.shrinkTable();
    }
    if (maxFrameBytes !== undefined) sender.maxFrameBytes = maxFrameBytes;
    output.frame(0, frameTypes.settings, frameFlags.ack, 0);
    if (initialWindow === undefined) return;
    const change = initialWindow - sender.initialWindow;
    sender.initialWindow = initialWindow;
    for (const stream of [...streams.open.values()]) {
      stream.sendWindow += change;
      if (stream.sendWindow > mostWindow) throw tooWide();
      sender.unblock(stream);
    }
  }

  #goaway(header: FrameHeader): void {
    mustBeOfConnection(header);
    if (header.length < goawayBytes) throw wrongSize(header, `at least ${goawayBytes}`);
    this.#connection.patience.idleFrame();
    this.announceEnd();
  }

  #ping(header: FrameHeader, bytes: Buffer, start: number): void {
    mustBeOfConnection(header);
    mustHave(header, 8);
    this.#connection.patience.idleFrame();
    if ((header.flags & frameFlags.ack) === 0) this.#connection.output.ping(bytes, start, true);
    else if (endPing.compare(bytes, start, start + 8) === 0) this.makeEndCertain();
  }

  /** PRIORITY, and what this server does not know. */
  #useless(header: FrameHeader, bytes: Buffer, start: number): void {
    this.#connection.patience.idleFrame();
    if (header.type !== frameTypes.priority) return;
    if (header.streamId === 0) throw broken('PRIORITY on stream 0');
    mustHave(header, 5);
    mustNotDependOnItself(header.streamId, bytes, start);
  }
}

function mustHave(header: FrameHeader, size: number): void {
  if (header.length !== size) throw wrongSize(header, String(size));
}

function wrongSize({ type, length }: FrameHeader, wanted: string): ConnectionFault {
  return new ConnectionFault(
    errorCodes.frameSizeError,
    `A frame of type ${type} has ${length} bytes, wanted ${wanted}.`,
  );
}

function mustBeOfConnection({ type, streamId }: FrameHeader): void {
  if (streamId !== 0) throw broken(`a frame of type ${type} on stream ${streamId}`);
}

function tooWide(): ConnectionFault {
  return new ConnectionFault(errorCodes.flowControlError, 'A window is larger than it can be.');
}

function broken(what: string): ConnectionFault {
  return new ConnectionFault(errorCodes.protocolError, `There is ${what}.`);
}
