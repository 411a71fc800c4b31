import type { HttpSettings } from '../http/settings';
import type { Http2Limits } from '../http2/limits';
import type { GrpcSettings } from './settings';

/** So many times what it may do in a second a connection may do at once. */
const secondsAtOnce = { resets: 10, emptyFrames: 4 };

/** What the settings of gRPC, and those that count for all that listens, say to the transport. */
export function http2LimitsOf(settings: HttpSettings & GrpcSettings): Partial<Http2Limits> {
  const resetsPerSecond = settings.GRPC_RESETS_PER_SECOND;
  const idleFramesPerSecond = settings.GRPC_EMPTY_FRAMES_PER_SECOND;
  return {
    maxStreams: settings.GRPC_MAX_CALLS,
    maxHeaderBytes: settings.MAX_HEADER_BYTES,
    resetsPerSecond,
    resetBurst: secondsAtOnce.resets * resetsPerSecond,
    idleFramesPerSecond,
    idleFrameBurst: secondsAtOnce.emptyFrames * idleFramesPerSecond,
    headersMs: settings.HEADERS_TIMEOUT_MS,
    bodyMs: settings.BODY_TIMEOUT_MS,
    sendMs: settings.SEND_TIMEOUT_MS,
    idleMs: settings.GRPC_KEEP_ALIVE_MS,
  };
}
