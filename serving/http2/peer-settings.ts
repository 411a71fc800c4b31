import { errorCodes } from './error-codes';
import { ConnectionFault, type FaultCode } from './fault';
import { leastMaxFrameBytes, mostFrameBytes, mostWindow } from './frame-types';

/** What of a caller's settings matters to a server. */
export interface PeerSettings {
  headerTableBytes?: number;
  initialWindow?: number;
  maxFrameBytes?: number;
}

const settingBytes = 6;

/** The settings in a payload, the last of each kind: RFC 9113, 6.5.2. */
export function readSettings(bytes: Buffer, start: number, length: number): PeerSettings {
  if (length % settingBytes !== 0) {
    throw new ConnectionFault(errorCodes.frameSizeError, 'A SETTINGS frame breaks off.');
  }
  const settings: PeerSettings = {};
  for (let at = start; at < start + length; at += settingBytes) {
    readSetting(settings, bytes.readUInt16BE(at), bytes.readUInt32BE(at + 2));
  }
  return settings;
}

function readSetting(settings: PeerSettings, kind: number, value: number): void {
  switch (kind) {
    case 1:
      settings.headerTableBytes = value;
      return;
    case 2:
      if (value > 1) throw wrong(errorCodes.protocolError, 'ENABLE_PUSH', value);
      return;
    case 4:
      if (value > mostWindow) {
        throw wrong(errorCodes.flowControlError, 'INITIAL_WINDOW_SIZE', value);
      }
      settings.initialWindow = value;
      return;
    case 5:
      if (value < leastMaxFrameBytes || value > mostFrameBytes) {
        throw wrong(errorCodes.protocolError, 'MAX_FRAME_SIZE', value);
      }
      settings.maxFrameBytes = value;
      return;
    default:
    // What is not known says nothing: RFC 9113, 6.5.2.
  }
}

function wrong(code: FaultCode, name: string, value: number): ConnectionFault {
  return new ConnectionFault(code, `The setting ${name} cannot be ${value}.`);
}

/** The payload of our own SETTINGS frame. */
export function writeSettings(own: {
  readonly maxStreams: number;
  readonly streamWindowBytes: number;
  readonly maxFrameBytes: number;
  readonly maxHeaderBytes: number;
}): Buffer {
  const values = [
    [3, own.maxStreams],
    [4, own.streamWindowBytes],
    [5, own.maxFrameBytes],
    [6, own.maxHeaderBytes],
  ] as const;
  const payload = Buffer.alloc(values.length * settingBytes);
  values.forEach(([kind, value], n) => {
    payload.writeUInt16BE(kind, n * settingBytes);
    payload.writeUInt32BE(value, n * settingBytes + 2);
  });
  return payload;
}
